import NeedletailPlatform

/// Where a run stands, as far as its next step depends on it.
public struct TrainingProgress: Codable, Sendable {
    /// Epochs finished.
    public package(set) var epoch = 0
    /// Batches finished of the epoch in progress.
    public package(set) var batch = 0
    /// Batches finished of all epochs.
    public package(set) var step = 0
    public package(set) var records: [EpochRecord] = []
    /// The first metric of the best epoch.
    var bestMetric = -Double.greatestFiniteMagnitude
    /// Of the epoch in progress.
    public package(set) var sums = Sums()
    /// Steps without a finite loss since the last that had one.
    public package(set) var skippedInRow = 0
    var position: SchedulePosition
    /// Nil when the schedule does not depend on validation.
    var plateau: PlateauDecay?

    /// What has been added up of an epoch in progress.
    public struct Sums: Codable, Sendable {
        /// In the order of the model's terms; empty before the first step.
        private(set) var terms: [Double] = []
        /// Steps that the losses are summed over.
        public package(set) var steps = 0
        /// Steps without a finite loss.
        public package(set) var skipped = 0
        /// Seconds of training.
        var seconds = 0.0

        mutating func add(_ losses: [Float]) {
            if terms.isEmpty { terms = losses.map { _ in 0 } }
            for (index, loss) in losses.enumerated() { terms[index] += Double(loss) }
            steps += 1
        }
    }

    package init(_ configuration: TrainingConfiguration) {
        position = SchedulePosition(epochs: configuration.epochs)
        if case .plateau(let rule) = configuration.schedule.decay { plateau = PlateauDecay(rule) }
    }
}

/// The position of a run in its schedule, which is shortened when the machine turns out to be slower than planned.
struct SchedulePosition: Codable, Sendable {
    /// The epoch after which the run ends.
    private(set) var lastEpoch: Int
    /// From `step` on the schedule advances `advance` planned steps a step, from the planned step `planned`.
    private var step = 0
    private var planned = 0.0
    private var advance = 1.0

    init(epochs: Int) { lastEpoch = epochs }

    /// Whether this can have come from a run of so many epochs and steps, rather than from a file that was changed.
    func isPossible(epochs: Int, steps: Int) -> Bool {
        // But for rounding.
        let planSteps = -1e-6...Double(steps) + 1e-6
        return (0...epochs).contains(lastEpoch) && (0...steps).contains(step) && planSteps.contains(planned)
            && planSteps.contains(advance)
    }

    /// The step of the plan that a step stands at.
    func plannedStep(_ step: Int) -> Int {
        Int(saturating: planned + advance * Double(step - self.step))
    }

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
