import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailKernels
import NeedletailModels
import NeedletailProcesses

/// Detects in the images of a dataset and compares with its boxes.
package final class DetectionValidation: Validation {
    package static let metrics = [
        Metric.Name(key: "averagePrecision", title: "AP"), Metric.Name(key: "averagePrecision50", title: "AP50"),
        Metric.Name(key: "averagePrecision75", title: "AP75"), FalseAlarms.metric,
    ]

    package let dataset: Dataset
    /// What was found last.
    package private(set) var latest: DatasetDetection?
    private let background: Dataset?

    /// What is measured of a run.
    package var ownMetrics: [Metric.Name] {
        background == nil ? Self.metrics.filter { $0 != FalseAlarms.metric } : Self.metrics
    }

    /// - Parameter background: Images in which nothing is to be found.
    /// - Throws: ``TrainingError`` when a category of the dataset is unknown to the detector; `EvaluationError`.
    package init(_ dataset: Dataset, categories: [DenseDetector.Category], background: Dataset? = nil) throws {
        try CategoryMap(dataset, categories: categories).requireAllKnown()
        try dataset.checkForEvaluation()
        self.dataset = dataset
        self.background = background
    }

    package func scores(
        of model: DenseDetector, pool: ThreadPool, group: any ProcessGroup, progress: (Int, Int) -> Bool
    ) throws -> ValidationScores? {
        latest = try DatasetDetection.run(detector: model, dataset: dataset, pool: pool, group: group) { done in
            progress(done, dataset.images.count + (background?.images.count ?? 0))
        }
        guard let latest else { return nil }
        let statistics = latest.result.statistics
        var scores = ValidationScores(
            values: [statistics.averagePrecision, statistics.averagePrecision50, statistics.averagePrecision75],
            seconds: latest.seconds, failures: latest.failures, losses: latest.losses)
        if let background {
            let alarms = try FalseAlarms.measure(
                model, in: background, thresholds: latest.thresholds ?? ScoreThresholds(overall: 0.5), pool: pool,
                group: group
            ) { progress(dataset.images.count + $0, dataset.images.count + background.images.count) }
            guard let alarms else { return nil }
            if let perImage = alarms.perImage { scores.values.append(perImage) }
            scores.seconds += alarms.seconds
            scores.failures += alarms.failures
        }
        return scores
    }
}
