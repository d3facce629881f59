import NeedletailDatasets
import NeedletailEvaluation
import NeedletailFormats
import NeedletailGeometry
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailProcesses

/// A detector run over all images of a dataset, and measured.
public struct DatasetDetection: Sendable {
    /// Detections with the dataset's own image and category ids.
    public var entries: [COCOResults.Entry] = []
    /// Why images could not be used.
    public var failures: [String] = []
    /// Seconds from the first image to the last.
    public var seconds = 0.0
    public var result: COCOMetrics
    /// The scores of highest F1; nil where nothing was found.
    public var thresholds: ScoreThresholds?
    /// The mean of each term of the detector's loss over the images with boxes to learn; empty where there is none.
    public var losses: [Double] = []

    /// Detects in every image of `dataset` and compares with its boxes.
    ///
    /// An image that cannot be read has no detections and is named in ``failures``.
    ///
    /// - Parameters:
    ///   - sharing: How the threads share the images, decided by their number unless given.
    ///   - group: The processes that share the images; all have the same results, but for the time.
    ///   - progress: Called after every image with the number done; returning false stops.
    /// - Throws: ``TrainingError`` when a category of the dataset is unknown to the detector; `EvaluationError`.
    /// - Returns: Nil when it was stopped.
    public static func run(
        detector: DenseDetector, dataset: Dataset, pool: ThreadPool, sharing: WorkSharing? = nil,
        group: any ProcessGroup = SingleProcess(), progress: (Int) -> Bool = { _ in true }
    ) throws -> DatasetDetection? {
        let map = CategoryMap(dataset, categories: detector.configuration.categories)
        try map.requireAllKnown()
        let names = Dictionary(dataset.categories.map { ($0.number, $0.name) }) { first, _ in first }
        let records = (0..<dataset.images.count).map { row in
            (path: dataset.imagePath(ofImage: row), record: dataset.images[row])
        }
        let objects = DetectionLoss.Objects(of: dataset, map: map)
        let own = SharedStream<ImageOutcome>.own(of: records.count, group: group)
        let images = WorkStream(
            count: own.count, detector: detector, pool: pool, sharing: sharing,
            load: { index in
                Result {
                    let (path, record) = records[own[index]]
                    return try AnnotatedImage.load(path, width: record.width, height: record.height)
                }
            },
            detect: { loaded, index, detector, pool in
                // An image that cannot be read is a finding; a network that cannot run is an error.
                loaded.map { image in
                    Result {
                        try Self.detect(in: image, row: own[index], detector: detector, objects: objects, pool: pool)
                    }
                }
            })
        let outcomes = SharedStream(count: records.count, group: group, form: ImageOutcome.form) {
            switch images.next() {
            case .success(let outcome): try outcome.get()
            case .failure(let error): ImageOutcome(failure: "\(error)")
            case nil: ImageOutcome()
            }
        }
        var evaluator = try COCOEvaluator(categories: dataset.categories.map(\.number))
        let imageIDs = dataset.evaluationImageIDs
        var entries: [COCOResults.Entry] = []
        var failures: [String] = []
        var loss = DetectionLoss()
        let clock = ContinuousClock()
        let start = clock.now
        var row = 0
        while let outcome = try outcomes.next() {
            loss.add(outcome.terms)
            if let failure = outcome.failure { failures.append(failure) }
            let found = outcome.found.compactMap { detection in
                map.numbers[detection.categoryID].map {
                    Detection(box: detection.box, score: detection.score, categoryID: $0, categoryName: names[$0])
                }
            }
            entries += found.map { COCOResults.Entry(imageID: records[row].record.id, detection: $0) }
            try evaluator.add(
                imageID: imageIDs[row], groundTruths: dataset.groundTruths(ofImage: row), detections: found)
            row += 1
            if !progress(row) { outcomes.stop() }
        }
        guard try outcomes.finish() else {
            images.cancel()
            return nil
        }
        let analysis = try evaluator.errorAnalysis(ErrorAnalysisOptions(maximumCurvePoints: 2, maximumExamples: 0))
        return DatasetDetection(
            entries: entries, failures: failures, seconds: start.duration(to: clock.now).seconds,
            result: evaluator.metrics(includesFindings: false), thresholds: analysis.scoreThresholds(names: names),
            losses: loss.means)
    }
}

extension DatasetDetection {
    private static func detect(
        in image: Image, row: Int, detector: any ObjectDetector, objects: DetectionLoss.Objects, pool: ThreadPool
    ) throws -> ImageOutcome {
        guard let detector = detector as? DenseDetector else {
            preconditionFailure("a \(detector.name) took the place of a dense detector")
        }
        var terms: [Float]?
        let predictions = try detector.predictions(in: [image], pool: pool) { plan in
            terms = objects.loss(of: detector, plan, row: row, image: image, pool: pool)
        }
        return ImageOutcome(found: predictions[0], terms: terms)
    }
}

/// What came of an image.
private struct ImageOutcome: Sendable {
    var found: [Detection] = []
    /// Of the loss; nil where there is none.
    var terms: [Float]?
    /// Why it could not be read.
    var failure: String?

    static let form = SharedStream<ImageOutcome>.Form(
        write: { outcome, message in
            message.append(outcome.found) { $0.append($1) }
            message.append(outcome.terms.map { [$0] } ?? []) { $0.append($1) { $0.append($1) } }
            message.append(outcome.failure.map { [$0] } ?? []) { $0.append($1) }
        },
        read: { message in
            ImageOutcome(
                found: message.nextArray { $0.nextDetection() },
                terms: message.nextArray { $0.nextArray { $0.nextFloat() } }.first,
                failure: message.nextArray { $0.nextString() }.first)
        })
}

extension Dataset {
    /// Tries the dataset's boxes with the COCO metrics, so that a fault shows before long work and not after.
    ///
    /// - Throws: `EvaluationError`
    public func checkForEvaluation() throws {
        var evaluator = try COCOEvaluator(categories: categories.map(\.number))
        for (row, id) in evaluationImageIDs.enumerated() {
            try evaluator.add(imageID: id, groundTruths: groundTruths(ofImage: row), detections: [])
        }
    }
}

extension Duration {
    /// The duration as a number of seconds.
    public var seconds: Double {
        let parts = components
        return Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
    }
}
