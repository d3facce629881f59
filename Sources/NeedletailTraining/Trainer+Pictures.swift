import NeedletailDatasets
import NeedletailModels
import NeedletailGeometry
import NeedletailImages

/// The pictures of a run. None of them is worth a run: when one cannot be drawn, a warning says so.
extension Trainer {
    /// Losses, precision, learning rate and times over the epochs.
    func drawCurves(report: (TrainingEvent) -> Void) {
        write(to: folder.curves, report: report) { CurvesPicture(records: state.records).image }
    }

    /// The first batch as the network sees it.
    func drawSamples(report: (TrainingEvent) -> Void) {
        let loader = BatchLoader(
            data: data, transform: detector.configuration.transform, configuration: configuration, order: order,
            epoch: 0)
        defer { loader.cancel() }
        var item = loader.next()
        while item != nil, item?.batch == nil { item = loader.next() }
        guard let item, let batch = item.batch else { return }
        write(to: folder.samples, report: report) {
            SamplesPicture(batch: batch, names: item.names, configuration: detector.configuration).image
        }
    }

    /// Some validation images, what is annotated beside what was found.
    func drawPredictions(
        _ detection: DatasetDetection, of dataset: Dataset, epoch: Int, report: (TrainingEvent) -> Void
    ) {
        write(to: folder.predictions, report: report) {
            PredictionsPicture(dataset: dataset, entries: detection.entries, epoch: epoch).image
        }
    }

    private func write(to file: String, report: (TrainingEvent) -> Void, _ picture: () -> Image?) {
        guard let image = picture() else { return }
        do throws(ImageError) {
            try image.writePNG(to: file)
        } catch {
            report(.warning("the picture could not be written: \(error)"))
        }
    }
}
