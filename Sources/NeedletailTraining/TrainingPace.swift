import NeedletailDatasets
import NeedletailModels
import NeedletailKernels
import NeedletailGraph
import NeedletailRuntime

/// How long training takes on this machine, from a few steps that change nothing.
public struct TrainingPace: Sendable {
    /// Of one epoch, its validation included.
    public let secondsPerEpoch: Double

    private static let measuredSteps = 3
    private static let measuredImages = 4

    /// Takes the first steps of a run without changing the detector.
    ///
    /// - Throws: `PlanError`, ``TrainingError``.
    public init(
        _ configuration: TrainingConfiguration, detector: DenseDetector, data: TrainingData, validation: Dataset?,
        pool: ThreadPool
    ) throws {
        let network = detector.network, clock = ContinuousClock()
        let gradients = ParameterGradients(
            parameters: network.trainedParameters(backboneLayers: configuration.trainableLayers))
        let loader = BatchLoader(
            data: data, transform: detector.configuration.transform, configuration: configuration,
            order: EpochOrder(data, configuration: configuration), epoch: 0)
        defer { loader.cancel() }
        let statistics = RunningStatistics(of: network.parameters)
        defer { statistics.restore() }
        let loss = DenseLoss(boxLoss: detector.configuration.network.boxLoss, assignment: configuration.assignment)
        var plans = PlanCache(capacity: 1)
        var durations: [Double] = []
        while durations.count < Self.measuredSteps, let item = loader.next() {
            guard let batch = item.batch else { continue }
            let shape = TensorShape(batch: batch.count, height: batch.height, width: batch.width, channels: 3)
            let plan = try plans.plan(for: shape) {
                try detector.plan(of: network.graph, inputShapes: [shape], purpose: .training(gradients), pool: pool)
            }
            durations.append(
                clock.measure { _ = detector.step(plan: plan, batch: batch, loss: loss, pool: pool) }.seconds)
        }
        guard let step = durations.dropFirst().min() ?? durations.first else {
            throw TrainingError("none of the training images that were tried could be used to measure the speed.")
        }
        var seconds = step * Double(loader.batchCount)
        if let validation, !validation.images.isEmpty {
            let count = min(Self.measuredImages, validation.images.count)
            for row in 0..<count {
                let record = validation.images[row]
                guard
                    let image = try? AnnotatedImage.load(
                        validation.imagePath(ofImage: row), width: record.width, height: record.height)
                else { continue }
                _ = try detector.detections(in: image, pool: pool)  // Makes the plan of this size.
                let duration = try clock.measure { _ = try detector.detections(in: image, pool: pool) }.seconds
                seconds += duration * Double(validation.images.count) / Double(count)
            }
            detector.releasePlans()
        }
        secondsPerEpoch = seconds
    }

    /// The epochs that fit into a time, with a twentieth of it to spare.
    ///
    /// - Throws: ``TrainingError`` when there is not time for one.
    public func epochs(within seconds: Double) throws -> Int {
        let count = Int(seconds * 0.95 / secondsPerEpoch)
        guard count > 0 else {
            throw TrainingError(
                "an epoch takes about \(Int(secondsPerEpoch.rounded(.up))) s here, which does not fit into "
                    + "\(Int(seconds)) s. Give more time, fewer images, a smaller --size or the preset 'fast'.")
        }
        return count
    }
}

/// The position of a run in its schedule, which is shortened when the machine turns out to be slower than planned.
struct SchedulePosition: Codable {
    /// The epoch after which the run ends.
    private(set) var lastEpoch: Int
    /// From `step` on the schedule advances `advance` planned steps a step, from the planned step `planned`.
    private var step = 0
    private var planned = 0.0
    private var advance = 1.0

    init(epochs: Int) { lastEpoch = epochs }

    /// The step of the plan that a step stands at.
    func plannedStep(_ step: Int) -> Int { Int(planned + advance * Double(step - self.step)) }

    /// Brings the run to its end in fewer epochs: the rest of the schedule is gone through faster.
    ///
    /// - Parameter remainingSteps: From `step` to the end of the last of `epochs`.
    mutating func end(after epochs: Int, at step: Int, remainingSteps: Int, plannedSteps: Int) {
        let reached = planned + advance * Double(step - self.step)
        self.step = step
        planned = reached
        advance = remainingSteps > 0 ? (Double(plannedSteps) - reached) / Double(remainingSteps) : 1
        lastEpoch = epochs
    }
}
