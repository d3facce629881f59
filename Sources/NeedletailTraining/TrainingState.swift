import NeedletailCheckpoints
import NeedletailModels
import NeedletailGraph
import NeedletailRuntime

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where a run stands, with all that its next step depends on.
struct TrainingState: Codable {
    /// Epochs finished.
    var epoch = 0
    /// Batches finished of the epoch in progress.
    var batch = 0
    /// Optimiser steps taken.
    var step = 0
    var records: [EpochRecord] = []
    var bestPrecision = -1.0
    /// Of the epoch in progress.
    var epochSums = EpochSums()
    /// Steps without a finite loss since the last that had one.
    var skippedInRow = 0
    /// The lengths of the logs, in bytes.
    var logBytes = 0
    var augmentationBytes = 0
    /// Whether what the frozen layers compute is kept, by the number of layers that are trained. Kept values are computed
    /// image by image, which rounds otherwise than a batch at once: a resumed run must do as the run has begun.
    var keepsFeatures: [Int: Bool] = [:]
    var position: SchedulePosition
    /// Nil when the schedule does not depend on validation.
    var plateau: PlateauDecay?
    /// How many steps each parameter of the optimiser has taken.
    private var parameterSteps: [Int] = []
    /// How many steps the moving average has seen.
    private var averageUpdates = 0
    var identity: RunIdentity

    /// What has been added up of an epoch in progress.
    struct EpochSums: Codable {
        var classificationLoss = 0.0
        var boxLoss = 0.0
        /// Steps that the losses are summed over.
        var steps = 0
        /// Steps without a finite loss.
        var skipped = 0
        /// Seconds of training.
        var seconds = 0.0
    }

    private static let key = "needletail.training"
    private static let optimizerPrefix = "optimizer."
    private static let averagePrefix = "average."

    init(identity: RunIdentity) {
        self.identity = identity
        position = SchedulePosition(epochs: identity.training.epochs)
        if case .plateau(let rule) = identity.training.schedule.decay { plateau = PlateauDecay(rule) }
    }

    /// Weights, optimiser, moving average and position as one file.
    mutating func file(network: DenseDetector, optimizer: Optimizer, average: WeightAverage?) throws -> SafetensorsFile {
        parameterSteps = optimizer.stepCounts
        averageUpdates = average?.updateCount ?? 0
        let text = String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
        var file = SafetensorsFile(metadata: [Self.key: text])
        for parameter in network.parameters.parameters {
            file.append(name: parameter.name, scalarType: .float32, shape: parameter.shape) { body in
                try body(UnsafeRawBufferPointer(parameter.values))
            }
        }
        for block in Self.blocks(optimizer: optimizer, average: average) {
            file.append(name: block.name, scalarType: .float32, shape: block.shape) { body in
                try body(UnsafeRawBufferPointer(block.values))
            }
        }
        return file
    }

    /// What a run remembers beside the weights.
    private static func blocks(
        optimizer: Optimizer, average: WeightAverage?
    ) -> [(name: String, shape: [Int], values: UnsafeMutableBufferPointer<Float>)] {
        let states = optimizer.states.map {
            (name: optimizerPrefix + $0.name + "." + $0.parameter.name, shape: $0.parameter.shape, values: $0.values)
        }
        let averages = (average?.averages ?? []).map { parameter, values in
            (name: averagePrefix + parameter.name, shape: parameter.shape, values: values)
        }
        return states + averages
    }

    /// Reads a state and puts its weights, the optimiser's memory and the moving average in place.
    ///
    /// - Throws: ``TrainingError`` when it is of another configuration.
    static func read(
        _ path: String, expecting identity: RunIdentity, detector: DenseDetector, optimizer: Optimizer,
        average: WeightAverage?
    ) throws -> TrainingState {
        let checkpoint = try Checkpoint(contentsOf: path)
        guard let text = checkpoint.metadata[key],
            let state = try? JSONDecoder().decode(TrainingState.self, from: Data(text.utf8))
        else { throw TrainingError("\(path): this is not the state of a training run of this version.") }
        guard state.identity == identity else {
            throw TrainingError(refusing: path, differences: identity.differences(from: state.identity))
        }
        let store = detector.network.parameters
        try store.fill(
            from: ParameterMapping(
                of: store.expected, in: checkpoint, allowing: .init(unexpected: [optimizerPrefix, averagePrefix])))
        guard state.parameterSteps.count == optimizer.parameters.count else {
            throw TrainingError("\(path): the optimiser's state is not of \(optimizer.parameters.count) parameters.")
        }
        optimizer.stepCounts = state.parameterSteps
        average?.updateCount = state.averageUpdates
        for block in blocks(optimizer: optimizer, average: average) {
            guard let tensor = checkpoint[block.name], tensor.shape == block.shape else {
                throw TrainingError("\(path): \(block.name) is missing or of another shape.")
            }
            _ = block.values.update(fromContentsOf: try tensor.floats())
        }
        return state
    }
}

extension TrainingError {
    /// A run that cannot be continued as another one.
    init(refusing path: String, differences: [String]) {
        self.init(
            "\(path): this run was started with another configuration or other data: \(differences.joined(separator: "; ")). "
                + "Resume it with the same options and data (configuration.json in its folder says which), or start a new "
                + "run in another folder.")
    }
}
