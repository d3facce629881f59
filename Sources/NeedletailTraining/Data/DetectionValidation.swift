import NeedletailDatasets
import NeedletailFormats
import NeedletailKernels
import NeedletailModels
import NeedletailProcesses

/// Detects in the images of a dataset and compares with its boxes.
package final class DetectionValidation: Validation {
    package static let metrics = [
        Metric.Name(key: "averagePrecision", title: "AP"), Metric.Name(key: "averagePrecision50", title: "AP50"),
        Metric.Name(key: "averagePrecision75", title: "AP75"),
    ]

    package let dataset: Dataset
    /// What was found last.
    package private(set) var latest: DatasetDetection?

    /// - Throws: ``TrainingError`` when a category of the dataset is unknown to the detector; `EvaluationError`.
    package init(_ dataset: Dataset, categories: [DenseDetector.Category]) throws {
        try CategoryMap(dataset, categories: categories).requireAllKnown()
        try dataset.checkForEvaluation()
        self.dataset = dataset
    }

    package func scores(
        of model: DenseDetector, pool: ThreadPool, group: any ProcessGroup, progress: (Int, Int) -> Bool
    ) throws -> ValidationScores? {
        latest = try DatasetDetection.run(detector: model, dataset: dataset, pool: pool, group: group) { done in
            progress(done, dataset.images.count)
        }
        return latest.map { detection in
            let statistics = detection.result.statistics
            return ValidationScores(
                values: [statistics.averagePrecision, statistics.averagePrecision50, statistics.averagePrecision75],
                seconds: detection.seconds, failures: detection.failures, losses: detection.losses)
        }
    }
}
