import NeedletailDatasets
import NeedletailFormats
import NeedletailModels

/// Writes the detector of the latest epoch and of the best, with the weights averaged where they are, and what the best
/// has found.
package final class DetectorFiles: TrainingHook {
    private let step: TrainingStep<DenseDetector>
    private let folder: RunFolder
    private let validation: DetectionValidation?

    package init(_ step: TrainingStep<DenseDetector>, folder: RunFolder, validation: DetectionValidation?) {
        self.step = step
        self.folder = folder
        self.validation = validation
    }

    package func epochFinished(_ epoch: FinishedEpoch, _ status: TrainingStatus) throws {
        step.model.scoreThresholds = validation?.latest?.thresholds
        try writeLast()
        guard epoch.isBest else { return }
        try write(to: folder.best)
        guard let validation, let detection = validation.latest else { return }
        try folder.writing(folder.validation) {
            var writer = try COCOResultsWriter(path: folder.validation, categories: validation.dataset.categories)
            let images = validation.dataset.images
            let fileNames = Dictionary(images.map { ($0.id, $0.fileName) }) { first, _ in first }
            for entry in detection.entries { try writer.append(entry, fileName: fileNames[entry.imageID]) }
            try writer.finish()
        }
    }

    package func runInterrupted(_ status: TrainingStatus) throws { try writeLast() }

    func writeLast() throws { try write(to: folder.last) }

    private func write(to file: String) throws {
        try folder.writing(file) { try step.withAverages { try step.model.write(to: file) } }
    }
}
