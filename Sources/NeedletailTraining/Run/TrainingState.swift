import NeedletailCheckpoints
import NeedletailGraph
import NeedletailModels
import NeedletailRuntime

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where a run stands, with all that its next step depends on.
struct TrainingState<M: RunModel>: Codable {
    /// Of this form of a state; others are refused rather than misread.
    private static var currentFormat: Int { 3 }

    private var format = currentFormat
    var progress: TrainingProgress
    /// The lengths of the logs, in bytes.
    var logBytes = 0
    var augmentationBytes = 0
    /// See ``FeatureKeeping/decisions``.
    var keepsFeatures: [Int: Bool] = [:]
    /// How many steps each parameter of the optimiser has taken.
    private(set) var parameterSteps: [Int] = []
    /// How many steps the moving average has seen.
    private(set) var averageUpdates = 0
    var identity: RunIdentity<M>

    private static var key: String { "needletail.training" }
    private static var optimizerPrefix: String { "optimizer." }
    private static var averagePrefix: String { "average." }

    init(identity: RunIdentity<M>, progress: TrainingProgress) {
        self.identity = identity
        self.progress = progress
    }

    /// Weights, optimiser, moving average and position as one file.
    mutating func file(of step: TrainingStep<M>) throws -> SafetensorsFile {
        parameterSteps = step.optimizer?.stepCounts ?? []
        averageUpdates = step.average?.updateCount ?? 0
        let text = String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
        var file = SafetensorsFile(metadata: [Self.key: text])
        for parameter in step.model.parameters.parameters {
            file.append(name: parameter.name, scalarType: .float32, shape: parameter.shape) { body in
                try body(UnsafeRawBufferPointer(parameter.values))
            }
        }
        for block in Self.blocks(of: step) {
            file.append(name: block.name, scalarType: .float32, shape: block.shape) { body in
                try body(UnsafeRawBufferPointer(block.values))
            }
        }
        return file
    }

    /// What a run remembers beside the weights.
    private static func blocks(
        of step: TrainingStep<M>
    ) -> [(name: String, shape: [Int], values: UnsafeMutableBufferPointer<Float>)] {
        let states = (step.optimizer?.states ?? []).map {
            (name: optimizerPrefix + $0.name + "." + $0.parameter.name, shape: $0.parameter.shape, values: $0.values)
        }
        let averages = (step.average?.averages ?? []).map { parameter, values in
            (name: averagePrefix + parameter.name, shape: parameter.shape, values: values)
        }
        return states + averages
    }

    /// Reads a state and puts its weights, the optimiser's memory and the moving average in place.
    ///
    /// - Parameters:
    ///   - batchCounts: Of each epoch that is planned.
    ///   - mayExtend: Whether it is of a finished run, which goes on for more epochs, with the rest of their schedule.
    /// - Throws: ``TrainingError`` when it is of another configuration or of another version of the program, or says what
    ///   cannot be.
    static func read(
        _ path: String, expecting identity: RunIdentity<M>, batchCounts: [Int], mayExtend: Bool = false,
        into step: TrainingStep<M>
    ) throws -> TrainingState {
        let checkpoint = try Checkpoint(contentsOf: path)
        var state = try decoded(checkpoint, path: path)
        if mayExtend { try state.extend(to: identity.training, path: path) }
        guard state.identity == identity else {
            throw TrainingError(refusing: path, differences: identity.differences(from: state.identity))
        }
        try state.check(
            path, configuration: identity.training, batchCounts: batchCounts, lossTerms: step.model.lossTerms.count)
        let store = step.model.parameters
        try store.fill(
            from: ParameterMapping(
                of: store.expected, in: checkpoint, allowing: .init(unexpected: [optimizerPrefix, averagePrefix])))
        let count = step.optimizer?.parameters.count ?? 0
        guard state.parameterSteps.count == count else {
            throw TrainingError(.state, path, problem: "the optimiser's state is not of \(count) parameters")
        }
        step.optimizer?.stepCounts = state.parameterSteps
        step.average?.updateCount = state.averageUpdates
        for block in blocks(of: step) {
            guard let tensor = checkpoint[block.name], tensor.shape == block.shape else {
                throw TrainingError(.state, path, problem: "\(block.name) is missing or of another shape")
            }
            let values = try tensor.floats()
            guard !values.contains(where: \.isNaN) else {
                throw CheckpointError(path: path, reason: .notFinite(name: block.name))
            }
            _ = block.values.update(fromContentsOf: values)
        }
        return state
    }

    /// Lets a finished run be the beginning of a longer one.
    ///
    /// - Throws: ``TrainingError`` when that is not longer.
    private mutating func extend(to training: TrainingConfiguration, path: String) throws {
        guard training.epochs > progress.epoch else {
            throw TrainingError(
                .folder, path,
                problem: "this run is finished, after \(progress.epoch) epochs; there is nothing to resume",
                remedy: "Give more \(setting: .moreEpochs) to go on with it.")
        }
        identity.training.epochs = training.epochs
        identity.training.schedule = training.schedule
        identity.training.closingEpochs = training.closingEpochs
        progress.position = SchedulePosition(epochs: training.epochs)
    }

    private static func decoded(_ checkpoint: Checkpoint, path: String) throws -> TrainingState {
        let decoder = JSONDecoder()
        guard let data = checkpoint.metadata[key].map({ Data($0.utf8) }),
            let form = try? decoder.decode(StateForm.self, from: data)
        else { throw TrainingError(.state, path, problem: "this is not the state of a training run") }
        do {
            if form.format == currentFormat { return try decoder.decode(TrainingState.self, from: data) }
        } catch DecodingError.dataCorrupted(let context) {
            throw TrainingError(
                .state, path,
                problem:
                    "the state of this run cannot be used: \(context.debugDescription). It was changed, or written by "
                    + "another version of the program",
                remedy: "Let that version finish it, or start a new run in another folder.")
        } catch {}
        throw TrainingError(
            .state, path, problem: "the state of this run was changed, or written by another version of the program",
            remedy: "Let that version finish it, or start a new run in another folder.")
    }
}

/// As far as states of all forms say the same.
private struct StateForm: Decodable {
    var format: Int?
}

extension TrainingError {
    /// A run that cannot be continued as another one.
    init(refusing path: String, differences: [String]) {
        self.init(
            .state, path,
            problem: "this run was started with another configuration or other data: "
                + differences.joined(separator: "; "),
            remedy: """
                Resume it with the same options and data (configuration.json in its folder says which), or start a new \
                run in another folder.
                """)
    }
}
