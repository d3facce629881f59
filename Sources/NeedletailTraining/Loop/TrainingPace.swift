import NeedletailDatasets
import NeedletailFormats
import NeedletailGraph
import NeedletailKernels
import NeedletailModels
import NeedletailPlatform
import NeedletailProcesses
import NeedletailRuntime

/// How long training takes on this machine, from a few steps that change nothing.
public struct TrainingPace: Sendable {
    /// Of one epoch, its validation included.
    public let secondsPerEpoch: Double

    private static let measuredSteps = 3
    private static let measuredImages = 4

    /// Takes the first steps of a run without changing the detector.
    ///
    /// - Parameter group: The processes that are to share the work.
    /// - Throws: `PlanError`, ``TrainingError``.
    public init(
        _ configuration: TrainingConfiguration, detector: DenseDetector, data: TrainingData, validation: Dataset?,
        pool: ThreadPool, group: any ProcessGroup = SingleProcess()
    ) throws {
        // Of the size in the middle: the smaller and the larger even out.
        var configuration = configuration
        configuration.sizeVariation = 0
        try self.init(
            configuration, model: detector,
            source: DetectionBatches(data, transform: detector.inputTransform, configuration: configuration),
            pool: pool,
            group: group
        ) {
            try validation.map { try Self.secondsOfValidation(detector, dataset: $0, pool: pool) } ?? 0
        }
    }

    /// Likewise of any model.
    ///
    /// - Parameter secondsOfValidation: Measures a part of a validation, and says how long all of it takes.
    init<M: Model>(
        _ configuration: TrainingConfiguration, model: M, source: some BatchSource<M.Target>, pool: ThreadPool,
        group: any ProcessGroup, secondsOfValidation: () throws -> Double
    ) throws {
        let seconds = try Self.secondsOfSteps(
            model, parameters: model.trainedParameters(backboneStages: configuration.trainableLayers), source: source,
            pool: pool)
        var message = Message()
        message.append(seconds + (try secondsOfValidation()))
        // Processes share the work; what follows from the pace must be the same in all of them.
        var first = try group.gather(message)[0]
        secondsPerEpoch = first.nextDouble() / Double(group.count)
        model.releasePlans()
    }

    /// Of the steps of the first epoch.
    private static func secondsOfSteps<M: Model>(
        _ model: M, parameters: [Parameter], source: some BatchSource<M.Target>, pool: ThreadPool
    ) throws -> Double {
        let step = try TrainingStep(model, parameters: parameters, pool: pool)
        let batches = source.batches(epoch: 0)
        defer { batches.cancel() }
        let clock = ContinuousClock()
        var durations: [Double] = []
        while durations.count < measuredSteps, let item = batches.next() {
            guard let batch = item.batch else { continue }
            _ = try step.plan(for: batch)  // Made apart from what is measured.
            step.begin()
            durations.append(try clock.measure { _ = try step.add(batch) }.seconds)
        }
        guard let duration = durations.dropFirst().min() ?? durations.first else {
            throw TrainingError(
                .data, problem: "none of the training images that were tried could be used to measure the speed")
        }
        return duration * Double(source.batchCounts(epochs: 1)[0])
    }

    private static func secondsOfValidation(
        _ detector: DenseDetector, dataset: Dataset, pool: ThreadPool
    ) throws -> Double {
        let count = min(measuredImages, dataset.images.count), clock = ContinuousClock()
        var seconds = 0.0
        for row in 0..<count {
            let record = dataset.images[row]
            guard
                let image = try? AnnotatedImage.load(
                    dataset.imagePath(ofImage: row), width: record.width, height: record.height)
            else { continue }
            _ = try detector.detections(in: image, pool: pool)  // Makes the plan of this size.
            let duration = try clock.measure { _ = try detector.detections(in: image, pool: pool) }.seconds
            seconds += duration * Double(dataset.images.count) / Double(count)
        }
        return seconds
    }

    /// The epochs that fit into a time, with a twentieth of it to spare.
    ///
    /// - Throws: ``TrainingError`` when there is not time for one.
    public func epochs(within seconds: Double) throws -> Int {
        let count = Int(saturating: seconds * 0.95 / secondsPerEpoch)
        guard count > 0 else {
            throw TrainingError(
                .configuration,
                problem:
                    "an epoch takes about \(Int(saturating: secondsPerEpoch.rounded(.up))) s here, which does not fit into "
                    + "\(Int(saturating: seconds)) s",
                remedy: "Give more time, fewer images, a smaller \(setting: .inputSize) or the preset 'fast'.")
        }
        return count
    }
}
