import NeedletailGeometry

/// The COCO box metrics, from boxes alone, image by image.
///
/// ```swift
/// var evaluator = try COCOEvaluator(categories: [1, 3])
/// for image in images {
///     try evaluator.add(imageID: image.id, groundTruths: image.objects, detections: detector(image))
/// }
/// print(evaluator.metrics().summary)
/// ```
///
/// The numbers equal those of pycocotools 2.0.11 (`COCOeval`, `iouType='bbox'`) to the last bit. The order in
/// which images are added does not matter; within an image the order of records breaks ties, as there.
public struct COCOEvaluator: Sendable {
    public let options: COCOOptions
    var records: EvaluationRecords

    /// - Parameter categories: The ids to evaluate; a category without ground truth is left out of the means.
    /// - Throws: ``EvaluationError/invalidOptions(_:)``.
    public init(categories: some Sequence<Int>, options: COCOOptions = COCOOptions()) throws(EvaluationError) {
        var options = options
        options.detectionLimits.sort()
        try options.validate()
        self.options = options
        records = EvaluationRecords(categoryIDs: categories, policy: options.inputPolicy)
    }

    /// Takes one image: all of its annotations and all of its detections, either of which may be none.
    ///
    /// Boxes are `xywh` in pixels. An image must be given once.
    ///
    /// - Throws: ``EvaluationError/invalidRecord(_:)`` under ``InputPolicy/fail``; nothing of the image is taken.
    public mutating func add(
        imageID: Int, groundTruths: [GroundTruth], detections: [Detection]
    ) throws(EvaluationError) {
        try records.add(imageID: imageID, groundTruths: groundTruths, detections: detections)
    }

    /// Takes many images at once, in the memory that the detections are in.
    ///
    /// - Parameters:
    ///   - imageIDs: Image after image.
    ///   - groundTruths: Those of each image.
    ///   - detections: Those of all images, image after image.
    ///   - starts: Image `i` owns the detections `starts[i] ..< starts[i + 1]`.
    /// - Throws: As ``add(imageID:groundTruths:detections:)``, for the first image that is not valid; then none is
    ///   taken.
    public mutating func add(
        imageIDs: [Int], groundTruths: [[GroundTruth]], detections: [Detection], starts: [Int]
    ) throws(EvaluationError) {
        var records = records
        let isTaken = try records.adopt(
            imageIDs: imageIDs, groundTruths: groundTruths, detections: detections, starts: starts)
        if !isTaken {
            for (image, id) in imageIDs.enumerated() {
                try records.add(
                    imageID: id, groundTruths: groundTruths[image],
                    detections: Array(detections[starts[image]..<starts[image + 1]]))
            }
        }
        self.records = records
    }

    public var imageCount: Int { records.imageIDs.count }
    /// Ground truths that were taken.
    public var groundTruthCount: Int { records.groundTruths.count }
    /// Detections that were taken.
    public var detectionCount: Int { records.detections.count }
    /// What was left out under ``InputPolicy/skip``.
    public var warnings: [InputWarning] { records.warnings }

    /// The metrics of all images added so far; more may follow.
    ///
    /// Cost: the matching of all images, on all cores, in time and memory that grow with the number of boxes; a fifth
    /// of a second on two cores for 5,000 images with 500,000 detections.
    ///
    /// - Parameters:
    ///   - includesTable: Whether to keep precision at every setting in ``COCOMetrics/table``.
    ///   - includesFindings: Whether to look for ``EvaluationFinding``s. Each one that applies evaluates the
    ///     categories it touches again.
    public func metrics(includesTable: Bool = false, includesFindings: Bool = true) -> COCOMetrics {
        let rules = MatchRules(options)
        let partition = ClassPartition(records, rules: rules)
        let table = PrecisionTable(partition, rules: rules)
        let statistics = COCOStatistics(table, options: options)
        return COCOMetrics(
            statistics: statistics, options: options,
            categories: categoryResults(table, partition: partition),
            findings: includesFindings ? findings(table: table, statistics: statistics, partition: partition) : [],
            warnings: records.warnings,
            table: includesTable ? table : nil)
    }
}
