import NeedletailPlatform

/// How long the rest of a run takes, by the epochs before.
extension TrainingStatus {
    /// Seconds of an epoch with all that belongs to it, the slower of the latest two; nil before the first is over. Epochs
    /// with layers frozen that are to thaw do not count: those after them take longer.
    private var secondsPerEpoch: Double? {
        let layers = configuration.trainableLayers(epoch: progress.position.lastEpoch - 1)
        return progress.records.suffix(2).filter { configuration.trainableLayers(epoch: $0.epoch - 1) == layers }
            .map { $0.trainingSeconds + $0.validationSeconds }.max().map { $0 + hookSeconds }
    }

    /// Seconds that the epochs take which are not over.
    var secondsLeft: Double? {
        secondsPerEpoch.map { $0 * Double(progress.position.lastEpoch - progress.epoch) }
    }

    /// Seconds that follow when all steps of the current epoch are taken.
    var secondsAfterwards: Double? {
        guard let secondsLeft, let latest = progress.records.last else { return nil }
        return max(secondsLeft - latest.trainingSeconds, 0)
    }

    /// Ends the run earlier if the epochs that are planned would take longer than it may.
    func keepBudget() {
        guard let budget = configuration.budget, let secondsPerEpoch else { return }
        let spent = progress.records.reduce(0) { $0 + $1.trainingSeconds + $1.validationSeconds + hookSeconds }
        let affordable = progress.epoch + max(Int(saturating: (budget - spent) / secondsPerEpoch), 0)
        guard affordable < progress.position.lastEpoch else { return }
        let planned = progress.position.lastEpoch
        progress.position.end(
            after: affordable, at: progress.step, remainingSteps: firstSteps[affordable] - firstSteps[progress.epoch],
            plannedSteps: firstSteps.last ?? 0)
        report(.warning("epochs take longer than planned: the run ends after \(affordable) of them, not \(planned)"))
    }
}
