import NeedletailDatasets
import NeedletailEvaluation
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailProcesses

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
        of model: Classifier, pool: ThreadPool, group: any ProcessGroup, progress: (Int, Int) -> Bool
    ) throws -> ValidationScores? {
        latest = try Self.classify(source, by: model, pool: pool, group: group) { progress($0, source.imageCount) }
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
    ///   - group: The processes that share the batches; all have the same outcome, but for the time.
    ///   - progress: Called with the number of pictures done; returning false stops.
    /// - Returns: Nil when it was stopped.
    /// - Throws: `GraphError`, `PlanError`, `ProcessError`.
    public static func classify(
        _ dataset: ClassificationDataset, by model: any ImageClassifier, pool: ThreadPool, batchSize: Int? = nil,
        group: any ProcessGroup = SingleProcess(), progress: (Int) -> Bool = { _ in true }
    ) throws -> Outcome? {
        try classify(
            PictureSequence(dataset, transform: model.inputTransform, batchSize: batchSize ?? Self.batchSize),
            by: model, pool: pool, group: group, progress: progress)
    }

    private static func classify(
        _ source: any BatchSource<[Int]>, by model: any ImageClassifier, pool: ThreadPool, group: any ProcessGroup,
        progress: (Int) -> Bool
    ) throws -> Outcome? {
        let start = ContinuousClock.now
        let count = source.batchCounts(epochs: 1)[0]
        let own = SharedStream<ClassifiedBatch>.own(of: count, group: group), make = source.maker(epoch: 0)
        let batches = WorkStream(
            count: own.count, classifier: model, pool: pool, load: { make(own[$0]) },
            classify: { item, _, model, pool in Result { try ClassifiedBatch(item, by: model, pool: pool) } })
        defer { batches.cancel() }
        let results = SharedStream(count: count, group: group, form: ClassifiedBatch.form) {
            try batches.next()?.get() ?? ClassifiedBatch()
        }
        var outcome = Outcome(
            metrics: ClassificationMetrics(
                classes: model.classes, hasSeveralLabels: model.hasSeveralLabels))
        var sums: [Double] = []
        var done = 0
        while let batch = try results.next() {
            outcome.failures += batch.failures
            done += batch.failures.count
            outcome.add(batch, first: done)
            if sums.isEmpty { sums = batch.losses.map { _ in 0 } }
            for (index, term) in batch.losses.enumerated() { sums[index] += Double(term) * Double(batch.labels.count) }
            done += batch.labels.count
            if !progress(done) { results.stop() }
        }
        guard try results.finish() else { return nil }
        outcome.losses = sums.map { $0 / Double(max(outcome.pictures.count, 1)) }
        outcome.seconds = start.duration(to: .now).seconds
        return outcome
    }
}

extension ClassificationValidation.Outcome {
    /// - Parameter first: The row of its first picture, where the pictures do not tell theirs.
    fileprivate mutating func add(_ batch: ClassifiedBatch, first: Int) {
        for (index, probabilities) in batch.probabilities.enumerated() {
            let labels = batch.labels[index]
            metrics.add(probabilities, labels: labels)
            pictures.append(
                ClassifiedPicture(
                    name: batch.names.indices.contains(index) ? batch.names[index] : "",
                    row: batch.rows.indices.contains(index) ? batch.rows[index] : first + index,
                    labels: labels, probabilities: probabilities))
        }
    }
}

/// What came of a batch of pictures.
private struct ClassifiedBatch: Sendable {
    var failures: [String] = []
    var names: [String] = []
    var rows: [Int] = []
    var labels: [[Int]] = []
    var probabilities: [[Float]] = []
    var losses: [Float] = []

    init() {}

    init(_ item: BatchItem<[Int]>, by model: any ImageClassifier, pool: ThreadPool) throws {
        failures = item.notes.failures
        guard let batch = item.batch else { return }
        let (predictions, losses) = try model.outcome(of: batch, pool: pool)
        names = item.notes.names
        rows = item.keptRows.map(\.row)
        labels = batch.targets
        probabilities = predictions.map(\.probabilities)
        self.losses = losses.terms
    }

    private init(nextIn message: inout Message) {
        failures = message.nextArray { $0.nextString() }
        names = message.nextArray { $0.nextString() }
        rows = message.nextArray { $0.nextInt() }
        labels = message.nextArray { $0.nextArray { $0.nextInt() } }
        probabilities = message.nextArray { $0.nextArray { $0.nextFloat() } }
        losses = message.nextArray { $0.nextFloat() }
    }

    static let form = SharedStream<ClassifiedBatch>.Form(
        write: { batch, message in
            message.append(batch.failures) { $0.append($1) }
            message.append(batch.names) { $0.append($1) }
            message.append(batch.rows) { $0.append($1) }
            message.append(batch.labels) { $0.append($1) { $0.append($1) } }
            message.append(batch.probabilities) { $0.append($1) { $0.append($1) } }
            message.append(batch.losses) { $0.append($1) }
        },
        read: { ClassifiedBatch(nextIn: &$0) })
}
