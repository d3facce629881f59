import NeedletailCheckpoints
import NeedletailDetectors
import NeedletailNetworks
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
    private static let velocityPrefix = "optimizer.velocity."

    /// Weights, optimiser and position as one file.
    func file(network: RetinaNet, optimizer: StochasticGradientDescent) throws -> SafetensorsFile {
        let text = String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
        var file = SafetensorsFile(metadata: [Self.key: text])
        for parameter in network.parameters.parameters {
            file.append(name: parameter.name, scalarType: .float32, shape: parameter.shape) { body in
                try body(UnsafeRawBufferPointer(parameter.values))
            }
        }
        for (parameter, velocity) in optimizer.velocities {
            file.append(name: Self.velocityPrefix + parameter.name, scalarType: .float32, shape: parameter.shape) {
                body in try body(UnsafeRawBufferPointer(velocity))
            }
        }
        return file
    }

    /// Reads a state and puts its weights and velocities in place.
    ///
    /// - Throws: ``TrainingError`` when it is of another configuration.
    static func read(
        _ path: String, expecting identity: RunIdentity, detector: Detector, optimizer: StochasticGradientDescent
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
                of: store.expected, in: checkpoint, allowing: .init(unexpected: [velocityPrefix])))
        for (parameter, velocity) in optimizer.velocities {
            guard let tensor = checkpoint[velocityPrefix + parameter.name] else {
                throw TrainingError("\(path): the optimiser's state of \(parameter.name) is missing.")
            }
            _ = velocity.update(fromContentsOf: try tensor.floats())
        }
        optimizer.hasStepped = state.step > 0
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
