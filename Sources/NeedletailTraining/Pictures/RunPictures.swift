import NeedletailGeometry
import NeedletailImages
import NeedletailModels

/// Draws the pictures of a run. None of them is worth a run: when one cannot be drawn, a warning says so.
package final class RunPictures: TrainingHook {
    private let folder: RunFolder
    private let data: TrainingData
    private let detector: DenseDetector.Configuration
    private let validation: DetectionValidation?

    package init(
        _ folder: RunFolder, data: TrainingData, detector: DenseDetector.Configuration, validation: DetectionValidation?
    ) {
        self.folder = folder
        self.data = data
        self.detector = detector
        self.validation = validation
    }

    package func runStarted(_ status: TrainingStatus) throws {
        let categories = detector.categories
        if let notice = BoxPainter(names: categories.map(\.name), numbers: categories.map(\.id)).notice {
            status.report(.warning(notice))
        }
    }

    /// The first batch as the network sees it. It is made anew: where features are kept, batches have no pixels.
    package func batchLoaded(_ notes: BatchNotes, _ status: TrainingStatus) throws {
        let progress = status.progress
        guard progress.epoch == 0, progress.sums.steps + progress.sums.skipped == 0, !notes.names.isEmpty else {
            return
        }
        let batches = DetectionBatches(data, transform: detector.transform, configuration: status.configuration)
            .batches(epoch: 0, lookAhead: 1)
        defer { batches.cancel() }
        var failures: [String] = []
        var image: Image?
        while image == nil, let item = batches.next() {
            failures += item.notes.failures
            image = item.batch.map {
                SamplesPicture(batch: $0, names: item.notes.names, configuration: detector).image
            }
        }
        // What could not be read before has been told.
        folder.writePicture(
            image, to: folder.samples, lacking: failures.filter { !notes.failures.contains($0) }, status)
    }

    /// Losses, precision, learning rate and times over the epochs; of the best epoch some validation images, what is
    /// annotated beside what was found.
    package func epochFinished(_ epoch: FinishedEpoch, _ status: TrainingStatus) throws {
        if epoch.isBest, let validation, let detection = validation.latest {
            let drawn = PredictionsPicture(
                dataset: validation.dataset, entries: detection.entries, epoch: epoch.record.epoch,
                thresholds: detection.thresholds ?? ScoreThresholds(overall: 0.3)
            ).drawn()
            folder.writePicture(drawn.image, to: folder.predictions, lacking: drawn.failures, status)
        }
        folder.writePicture(CurvesPicture(records: status.progress.records).image, to: folder.curves, status)
    }
}
