import ArgumentParser
import Needletail

/// What a verb says of the options that all training has.
protocol TrainingWords {
    static var batch: ArgumentHelp { get }
    static var epochs: ArgumentHelp { get }
    static var budget: ArgumentHelp { get }
    static var learningRate: ArgumentHelp { get }
    static var backboneRate: ArgumentHelp { get }
    static var schedule: ArgumentHelp { get }
    static var average: ArgumentHelp { get }
    static var flip: ArgumentHelp { get }
    static var largestBatch: Int { get }
}

/// How long training takes and how weights change, whatever is trained; what is nil is the recipe's.
struct TrainingOptions<Words: TrainingWords>: ParsableArguments {
    @Option(help: Words.batch)
    var batch: Int?

    @Option(
        help: ArgumentHelp(
            "Equal parts that a batch is computed in, one after the other or, under mpirun, by several processes.",
            discussion:
                "The result depends on it, and not on the number of processes. Batch normalisation that is trained sees one "
                + "part at a time."
        ))
    var microBatches = 1

    @Option(help: "Batches whose gradients are averaged for one step.")
    var accumulate = 1

    @Option(help: Words.epochs)
    var epochs: Int?

    @Option(help: Words.budget)
    var budget: TimeSpan?

    @Option(help: "End when validation has not improved for this many epochs.")
    var patience: Int?

    @Option(help: "How weights follow their gradients.")
    var optimizer: OptimizerName?

    @Option(help: Words.learningRate)
    var learningRate: Float?

    @Option(help: Words.backboneRate)
    var backboneRate: Float?

    @Option(help: Words.schedule)
    var schedule: TrainingRecipe.Schedule?

    @Option(help: "Batches over which the learning rate rises at first.")
    var warmUp: Int?

    @Option(help: "Momentum of sgd, nesterov and rmsprop.")
    var momentum: Double?

    @Option(help: "Weight decay.")
    var weightDecay: Double?

    @Option(help: Words.average)
    var average: Double?

    @Option(help: "Gradients longer than this are shortened to it; 0 for never.")
    var clip: Float = 10

    @Option(help: Words.flip)
    var flip: Float?

    var averageDecay: Double? { average.flatMap { $0 > 0 ? $0 : nil } }
    var gradientNormLimit: Float? { clip > 0 ? clip : nil }

    func validate() throws {
        try require(batch, in: 1...Words.largestBatch, "--batch")
        try require(microBatches, in: 1...1024, "--micro-batches")
        try require(accumulate, in: 1...1024, "--accumulate")
        try require(epochs, in: 1...100_000, "--epochs")
        try require(epochs == nil || budget == nil, "--epochs and --budget exclude each other: the time decides.")
        try require(patience, in: 1...100_000, "--patience")
        try require((learningRate ?? 1) > 0 && (learningRate ?? 1).isFinite, "--learning-rate takes a number above 0.")
        try require(backboneRate, in: 0...1, "--backbone-rate")
        try require((warmUp ?? 0) >= 0, "--warm-up takes a number from 0.")
        try require((0..<1).contains(momentum ?? 0), "--momentum takes a number from 0 to below 1.")
        try require((weightDecay ?? 0) >= 0, "--weight-decay takes a number from 0.")
        try require((0..<1).contains(average ?? 0), "--average takes a number from 0 to below 1.")
        try require(clip >= 0, "--clip takes a number from 0, not \(clip).")
        try require(flip, in: 0...1, "--flip")
    }

    /// - Throws: ``CommandError`` when a batch cannot be divided so.
    func microBatches(of batch: Int) throws -> Int {
        guard batch.isMultiple(of: microBatches) else {
            let fitting = (1...batch).filter { batch.isMultiple(of: $0) }.map(String.init).joined(separator: ", ")
            throw CommandError(
                "--micro-batches \(microBatches) does not divide a batch of \(batch) images evenly. Give one of \(fitting), or "
                    + "another --batch.")
        }
        return microBatches
    }

    /// - Parameter method: That of the recipe, unless `--optimizer` names one.
    func requireMomentum(of method: any OptimizationMethod) throws {
        try require(
            momentum == nil || (optimizer?.choice.method ?? method).momentumSetting != nil,
            "--momentum goes with --optimizer sgd, nesterov or rmsprop.")
    }

    func requireFrozenEpochs(_ frozen: Int) throws {
        try require(frozen, in: 0...100_000, "--freeze-epochs")
        if let epochs { try require(frozen < epochs, "--freeze-epochs must be less than --epochs, \(epochs).") }
    }
}

/// An optimiser by its name: `adamw`.
struct OptimizerName: ExpressibleByArgument {
    let choice: OptimizerChoice

    init?(argument: String) {
        guard let choice = OptimizerConfiguration.choices.first(where: { $0.name == argument }) else { return nil }
        self.choice = choice
    }

    static var allValueStrings: [String] { OptimizerConfiguration.choices.map(\.name) }
}

extension TrainingRecipe.Schedule: ExpressibleByArgument {}

extension ParsableArguments {
    func require(_ condition: Bool, _ message: String) throws {
        if !condition { throw ValidationError(message) }
    }

    func require<Number: Comparable>(_ value: Number?, in range: ClosedRange<Number>, _ flag: String) throws {
        guard let value, !range.contains(value) else { return }
        throw ValidationError("\(flag) takes a number from \(range.lowerBound) to \(range.upperBound), not \(value).")
    }

    var flipAndAugment: String { "--flip and --augment exclude each other: a policy says how often." }
}
