import NeedletailDatasets
import NeedletailEvaluation
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels

/// Classifies pictures whose classes are known, and measures how well.
public final class ClassificationValidation: Validation {
    public static let metrics = [
        Metric.Name(key: "accuracy", title: "accuracy"), Metric.Name(key: "topFiveAccuracy", title: "top-5"),
        Metric.Name(key: "macroF1", title: "F1"),
    ]

    /// Of datasets.
    private static let batchSize = 16

    private let source: any BatchSource<[Int]>
    /// What was found last.
    public private(set) var latest: Outcome?

    /// What a classifier says of pictures.
    public struct Outcome: Sendable {
        /// Those that could be read.
        public var pictures: [ClassifiedPicture] = []
        public var metrics: ClassificationMetrics
        /// The mean of the terms of the loss, in their order.
        public var losses: [Double] = []
        /// Why pictures could not be used.
        public var failures: [String] = []
        /// Seconds from the first picture to the last.
        public var seconds = 0.0
    }

    /// - Parameter source: The batches of its first epoch are looked at.
    public init(_ source: any BatchSource<[Int]>) { self.source = source }

    /// - Parameters:
    ///   - dataset: With the classifier's classes, in their order.
    ///   - transform: The classifier's.
    public convenience init(_ dataset: ClassificationDataset, transform: InputTransform) {
        self.init(PictureSequence(dataset, transform: transform, batchSize: Self.batchSize))
    }

    public func scores(
        of model: Classifier, pool: ThreadPool, progress: (Int, Int) -> Bool
    ) throws -> ValidationScores? {
        latest = try Self.classify(source, by: model, pool: pool) { progress($0, source.imageCount) }
        return latest.map { outcome in
            let metrics = outcome.metrics
            return ValidationScores(
                values: [
                    metrics.hasSeveralLabels ? metrics.exactAccuracy : metrics.accuracy, metrics.topFiveAccuracy,
                    metrics.macroF1,
                ], seconds: outcome.seconds, failures: outcome.failures, losses: outcome.losses)
        }
    }

    /// Classifies the pictures of a dataset that has the classifier's classes, in their order.
    ///
    /// - Parameters:
    ///   - batchSize: Pictures that are looked at together; 1 where what is said of one must not depend on the others in its
    ///     last digits.
    ///   - progress: Called with the number of pictures done; returning false stops.
    /// - Returns: Nil when it was stopped.
    /// - Throws: `GraphError`, `PlanError`.
    public static func classify(
        _ dataset: ClassificationDataset, by model: any ImageClassifier, pool: ThreadPool, batchSize: Int? = nil,
        progress: (Int) -> Bool = { _ in true }
    ) throws -> Outcome? {
        try classify(
            PictureSequence(dataset, transform: model.inputTransform, batchSize: batchSize ?? Self.batchSize),
            by: model,
            pool: pool, progress: progress)
    }

    private static func classify(
        _ source: any BatchSource<[Int]>, by model: any ImageClassifier, pool: ThreadPool, progress: (Int) -> Bool
    ) throws -> Outcome? {
        let start = ContinuousClock.now
        let batches = source.batches(epoch: 0, from: 0)
        defer { batches.cancel() }
        var outcome = Outcome(
            metrics: ClassificationMetrics(
                classes: model.classes, hasSeveralLabels: model.hasSeveralLabels))
        var sums: [Double] = []
        var done = 0
        while let item = batches.next() {
            outcome.failures += item.notes.failures
            done += item.notes.failures.count
            if let batch = item.batch {
                let losses = try add(batch, item, to: &outcome, by: model, pool: pool, first: done)
                if sums.isEmpty { sums = losses.terms.map { _ in 0 } }
                for (index, term) in losses.terms.enumerated() { sums[index] += Double(term) * Double(batch.count) }
                done += batch.count
            }
            guard progress(done) else { return nil }
        }
        outcome.losses = sums.map { $0 / Double(max(outcome.pictures.count, 1)) }
        outcome.seconds = start.duration(to: .now).seconds
        return outcome
    }

    private static func add(
        _ batch: TrainingBatch<[Int]>, _ item: BatchItem<[Int]>, to outcome: inout Outcome,
        by model: any ImageClassifier,
        pool: ThreadPool, first: Int
    ) throws -> LossValues {
        let (predictions, losses) = try model.outcome(of: batch, pool: pool)
        for (index, prediction) in predictions.enumerated() {
            let labels = batch.targets[index]
            outcome.metrics.add(prediction.probabilities, labels: labels)
            outcome.pictures.append(
                ClassifiedPicture(
                    name: item.notes.names.indices.contains(index) ? item.notes.names[index] : "",
                    row: item.keptRows.indices.contains(index) ? item.keptRows[index].row : first + index,
                    labels: labels, probabilities: prediction.probabilities))
        }
        return losses
    }
}
