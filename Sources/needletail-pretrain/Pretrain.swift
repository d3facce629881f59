import ArgumentParser
import Needletail
import NeedletailKernels
import NeedletailPlatform
import NeedletailShapes

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@main
struct Pretrain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "needletail-pretrain",
        abstract: "Train a small residual network to tell drawn shapes apart, for detectors to start from.",
        discussion: """
            Pictures are drawn while it trains and none is seen twice. The same seed gives the same weights, at any \
            number of threads. The result is a safetensors file with torchvision's parameter names, for \
            'needletail train --weights'.

            EXAMPLE
              needletail-pretrain --steps 3000 --batch 64 --size 32 48 64 96 \\
                  --output pretrained/resnet10-quarter-shapes.safetensors
            """)

    @Option(help: "The network: \(AnyBackboneArchitecture.all.map(\.name).joined(separator: ", ")).")
    var architecture = AnyBackboneArchitecture.resnet10Quarter

    @Option(help: "Steps of the optimiser.")
    var steps = 3000

    @Option(help: "Pictures of one step.")
    var batch = 64

    @Option(parsing: .upToNextOption, help: "Sides of the pictures, in pixels; steps take them in turn.")
    var size = [32, 48, 64, 96]

    @Option(help: "The greatest learning rate; it rises over the first steps and falls as half a cosine.")
    var learningRate: Float = 0.1

    @Option(help: "Pictures of another seed to measure the accuracy on.")
    var heldOut = 5000

    @Option(help: "The seed of the weights and of the pictures.")
    var seed: UInt64 = 0

    @Option(help: "Threads to compute with; all processors unless given. Results do not depend on it.")
    var threads: Int?

    @Option(help: "The file to write.")
    var output: String

    func validate() throws {
        func require(_ condition: Bool, _ message: String) throws {
            if !condition { throw ValidationError(message) }
        }
        try require((1...1_000_000).contains(steps), "--steps takes a number from 1 to 1000000, not \(steps).")
        try require((2...1024).contains(batch), "--batch takes a number from 2 to 1024, not \(batch).")
        try require(
            !size.isEmpty && size.allSatisfy((32...512).contains),
            "--size takes numbers of pixels from 32 to 512, not \(size).")
        try require(
            learningRate > 0 && learningRate.isFinite, "--learning-rate takes a number above 0, not \(learningRate).")
        try require(
            (1...1_000_000).contains(heldOut), "--held-out takes a number from 1 to 1000000, not \(heldOut).")
        try require((1...1024).contains(threads ?? 1), "--threads takes a number from 1 to 1024.")
        // Found now, not after minutes of training.
        let folder = URL(filePath: output).deletingLastPathComponent().path
        var isFolder = false
        try require(
            FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) && isFolder,
            "--output \(output): there is no folder \(folder). Make it first.")
    }

    func run() throws {
        let pool = ThreadPool(threadCount: threads ?? ThreadPool.processorCount)
        let largest = size.max() ?? 96
        let classifier = Classifier(
            Classifier.Configuration(
                architecture: architecture, classes: SyntheticClassification.classNames,
                transform: InputTransform(fit: .middle, minimumSize: largest, maximumSize: largest, divisor: 1)),
            seed: seed)
        Self.show(
            "\(architecture.name), \(classifier.parameters.weightCount) weights, "
                + "\(SyntheticClassification.classNames.count) classes, \(steps) steps of \(batch) pictures")
        let configuration = TrainingConfiguration(
            epochs: 1, batchSize: batch,
            optimizer: .init(method: SGD(momentum: 0.9, usesNesterov: true), weightDecay: 5e-4),
            schedule: LearningRateSchedule(
                baseRate: learningRate, decay: .cosine(floor: 0), warmUpSteps: min(100, steps / 10)),
            gradientNormLimit: nil, trainableLayers: 5, seed: seed)
        let loop = TrainingLoop(
            configuration, step: try configuration.step(classifier, pool: pool),
            source: PictureStream(seed: seed, sizes: size, batchSize: batch, imageCount: steps * batch),
            // No seed of a person's choice is its own complement.
            validation: ClassificationValidation(
                PictureStream(seed: ~seed, sizes: size, batchSize: batch, imageCount: heldOut)),
            hooks: [FirstSkip()])
        let start = ContinuousClock.now
        var recentLoss = 0.0
        let summary = try loop.run(report: { event in
            guard case .step(let step) = event else { return }
            recentLoss += Double(step.losses.total)
            guard step.batch % Self.reportedSteps == 0 || step.batch == steps else { return }
            let count = (step.batch - 1) % Self.reportedSteps + 1
            let seconds = start.duration(to: .now).components.seconds
            Self.show(
                "step \(step.batch)/\(steps), loss \(Self.rounded(recentLoss / Double(count), 1000)), \(seconds) s")
            recentLoss = 0
        })
        let accuracy = summary.records.last?.metrics.first?.value ?? 0
        try classifier.write(to: output, metadata: metadata(accuracy: accuracy))
        print("\(output): accuracy \(Self.rounded(accuracy, 10_000)) on \(heldOut) other pictures")
    }

    private static let reportedSteps = 100

    /// A line at once, though the output may go to a file.
    private static func show(_ line: String) {
        print(line)
        fflush(nil)
    }

    private static func rounded(_ value: Double, _ scale: Double) -> Double { (value * scale).rounded() / scale }

    /// What the file says about itself; nothing that differs between two runs of one command.
    private func metadata(accuracy: Double) throws -> [String: String] {
        let classes = try JSONEncoder().encode(SyntheticClassification.classNames)
        let transform = InputTransform()
        func list(_ color: SIMD3<Float>) -> String { "\(color.x) \(color.y) \(color.z)" }
        return [
            "format": "pt",
            "architecture": architecture.name,
            "classes": String(decoding: classes, as: UTF8.self),
            "command": "needletail-pretrain --architecture \(architecture.name) --steps \(steps) --batch \(batch) "
                + "--size \(size.map(String.init).joined(separator: " ")) --learning-rate \(learningRate) --held-out \(heldOut) --seed \(seed)",
            "accuracy": "\(Self.rounded(accuracy, 10_000)) on \(heldOut) pictures of another seed",
            "mean": list(transform.mean),
            "deviation": list(transform.deviation),
            "license": "Apache-2.0",
        ]
    }
}

/// Ends training at the first loss that is no longer a number: there is no image at fault.
private final class FirstSkip: TrainingHook {
    func stepSkipped(_ notes: BatchNotes, _ status: TrainingStatus) throws {
        throw DivergenceError(step: status.progress.batch + 1)
    }
}

private struct DivergenceError: Error, CustomStringConvertible {
    let step: Int

    var description: String { "step \(step): the loss is not a finite number. Use a lower --learning-rate." }
}

extension AnyBackboneArchitecture: ExpressibleByArgument {
    public init?(argument: String) { self.init(name: argument) }
    public var defaultValueDescription: String { name }
    public static var allValueStrings: [String] { all.map(\.name) }
}
