import NeedletailDatasets
import NeedletailEvaluation
import NeedletailFormats
import NeedletailGeometry
import NeedletailSystem

/// A dataset and the detections in its images, checked and joined: what every metric starts from.
public struct EvaluationInput: Sendable {
    public let dataset: Dataset
    /// The file that the detections came from.
    public let detectionsPath: String
    /// Detections that are taken.
    public let detectionCount: Int
    /// Images that have detections.
    public let detectedImageCount: Int
    /// Annotations that are taken.
    public let annotationCount: Int
    /// Of those, crowds.
    public let crowdCount: Int
    /// Lowest to highest; `nil` without detections.
    public let scores: ClosedRange<Double>?
    /// What was left out, or is worth knowing.
    public let warnings: [RecordWarning]
    /// A whole number for each image of the dataset, as the evaluators take them.
    public let imageIDs: [Int]

    /// The words for settings and verbs.
    let wording: Wording

    private let groundTruths: [[GroundTruth]]
    /// Detections image after image, those of image `i` from `starts[i]` to `starts[i + 1]`.
    private let detections: [Detection]
    private let starts: [Int]
    private let isRepeatedImage: [Bool]

    /// Joins detections with their images.
    ///
    /// - Parameters:
    ///   - detectionsPath: The file that messages name.
    ///   - isLenient: Whether a record that no metric is defined for (an unknown image or category, a number that is
    ///     not finite, a negative size, a repeated id) is left out and counted in ``warnings`` instead of being an
    ///     error. Two annotations of one id are then both counted.
    ///   - wording: The words of ``warnings`` and of advice for settings and verbs.
    /// - Throws: `AnnotationError` that names the file, the record and the remedy.
    public init(
        dataset: Dataset, results: COCOResults, detectionsPath: String, isLenient: Bool = false,
        wording: Wording = .neutral
    ) throws(AnnotationError) {
        self.dataset = dataset
        self.detectionsPath = detectionsPath
        self.wording = wording
        imageIDs = dataset.evaluationImageIDs
        var judge = RecordJudge(isLenient: isLenient, wording: wording)

        let truths = try CheckedGroundTruths(dataset, judge: &judge)
        groundTruths = truths.byImage
        isRepeatedImage = truths.isRepeatedImage
        annotationCount = groundTruths.reduce(0) { $0 + $1.count }
        crowdCount = groundTruths.reduce(0) { $0 + $1.count { $0.isCrowd } }

        let checked = try CheckedDetections(results, dataset: dataset, path: detectionsPath, judge: &judge)
        detections = checked.detections
        starts = checked.starts
        scores = checked.scores
        detectionCount = detections.count
        detectedImageCount = zip(starts, starts.dropFirst()).count { $0 < $1 }
        warnings = judge.warnings
    }

    public func groundTruths(ofImage row: Int) -> [GroundTruth] { groundTruths[row] }

    public func detections(ofImage row: Int) -> ArraySlice<Detection> { detections[starts[row]..<starts[row + 1]] }

    /// The COCO metrics over all images.
    ///
    /// - Throws: `EvaluationError` when the options contradict themselves.
    public func cocoEvaluator(_ options: COCOOptions = COCOOptions()) throws(EvaluationError) -> COCOEvaluator {
        var evaluator = try COCOEvaluator(categories: dataset.categories.map(\.number), options: options)
        guard isRepeatedImage.contains(true) else {
            try evaluator.add(imageIDs: imageIDs, groundTruths: groundTruths, detections: detections, starts: starts)
            return evaluator
        }
        for row in imageIDs.indices where !isRepeatedImage[row] {
            try evaluator.add(
                imageID: imageIDs[row], groundTruths: groundTruths[row], detections: Array(detections(ofImage: row)))
        }
        return evaluator
    }

    /// The Pascal VOC metrics over all images.
    ///
    /// - Throws: `EvaluationError` when the threshold is none.
    public func pascalVOCEvaluator(iouThreshold: Double = 0.5) throws(EvaluationError) -> PascalVOCEvaluator {
        var evaluator = try PascalVOCEvaluator(
            categories: dataset.categories.map(\.number), iouThreshold: iouThreshold)
        for row in imageIDs.indices where !isRepeatedImage[row] {
            try evaluator.add(
                imageID: imageIDs[row], groundTruths: groundTruths[row], detections: Array(detections(ofImage: row)))
        }
        return evaluator
    }

    /// The names of the categories by the number that detections carry.
    public var categoryNames: [Int: String] {
        Dictionary(dataset.categories.map { ($0.number, $0.name) }, uniquingKeysWith: { first, _ in first })
    }
}
