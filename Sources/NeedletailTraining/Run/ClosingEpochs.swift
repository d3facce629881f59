import NeedletailModels

/// Makes the last epochs of a detector's run otherwise: images are not joined with others any more, so that the network
/// ends on pictures like those it will see, and a distance of boxes may be added to the loss.
final class ClosingEpochs: TrainingHook {
    private let batches: DetectionBatches
    private let detector: DenseDetector
    /// What validation measures in all epochs, so that they can be compared.
    private let criterion: any DenseLoss
    private let closingCriterion: any DenseLoss

    init(_ batches: DetectionBatches, detector: DenseDetector, closingCriterion: any DenseLoss) {
        self.batches = batches
        self.detector = detector
        self.closingCriterion = closingCriterion
        criterion = detector.criterion
    }

    func epochStarted(_ status: TrainingStatus) {
        batches.isClosing = status.isClosing
        if status.isClosing { detector.criterion = closingCriterion }
    }

    func stepsFinished(_ status: TrainingStatus) { detector.criterion = criterion }
}
