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
    var classificationLossSum = 0.0
    var boxLossSum = 0.0
    var trainingSeconds = 0.0
    var configuration: TrainingConfiguration
    var detector: Detector.Configuration

    private static let key = "needletail.training"
    private static let velocityPrefix = "optimizer.velocity."

    /// Writes weights, optimiser and position as one file, whole or not at all.
    func write(to path: String, network: RetinaNet, optimizer: StochasticGradientDescent) throws {
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
        try file.write(to: path)
    }

    /// Reads a state and puts its weights and velocities in place.
    ///
    /// - Throws: ``TrainingError`` when it is of another configuration.
    static func read(
        _ path: String, expecting configuration: TrainingConfiguration, detector: Detector,
        optimizer: StochasticGradientDescent
    ) throws -> TrainingState {
        let checkpoint = try Checkpoint(contentsOf: path)
        guard let text = checkpoint.metadata[key],
            let state = try? JSONDecoder().decode(TrainingState.self, from: Data(text.utf8))
        else { throw TrainingError("\(path): this is not the state of a training run of this version.") }
        guard state.configuration == configuration, state.detector == detector.configuration else {
            throw TrainingError(
                "\(path): this run was started with another configuration. Resume it with the same options and data "
                    + "(they are in configuration.json), or start a new run in another folder.")
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
