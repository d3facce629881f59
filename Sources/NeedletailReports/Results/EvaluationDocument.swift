import NeedletailEvaluation

/// A ``DetectionEvaluation`` as machines read it; numbers as they are, not rounded.
public struct EvaluationDocument: Encodable, Sendable {
    public struct Class: Encodable, Sendable {
        public var id: Int?
        public var name: String
        public var averagePrecision: Double?
        public var averagePrecision50: Double?
        public var averagePrecision75: Double?
        public var averageRecall: Double?
        public var annotations: Int
        public var detections: Int
        /// The confidence of highest F1 of this class alone, at IoU 0.5, and what it gives.
        public var best: Point?
        /// At the confidence of highest F1 of all classes together.
        public var truePositives: Int?
        public var falsePositives: Int?
        public var falseNegatives: Int?
        public var errors: [String: Int]?
        public var curve: [Point]?

        private enum CodingKeys: String, CodingKey {
            case id, name, annotations, detections, best, truePositives, falsePositives, falseNegatives, errors, curve
            case averagePrecision = "AP"
            case averagePrecision50 = "AP50"
            case averagePrecision75 = "AP75"
            case averageRecall = "AR"
        }
    }

    public struct Point: Encodable, Sendable {
        public var confidence: Double
        public var precision: Double
        public var recall: Double?
        public var f1: Double
        public var truePositives: Int
        public var falsePositives: Int

        init(_ point: ConfidenceCurve.Point) {
            confidence = point.confidence
            precision = point.precision
            recall = point.recall
            f1 = point.f1
            truePositives = point.truePositives
            falsePositives = point.falsePositives
        }
    }

    public struct Size: Encodable, Sendable {
        public var label: String
        public var lower: Double
        public var upper: Double
        public var averagePrecision: Double?
        public var averageRecall: Double?
        public var annotations: Int?
        public var found: Int?
        public var falsePositives: Int?

        private enum CodingKeys: String, CodingKey {
            case label, lower, upper, annotations, found, falsePositives
            case averagePrecision = "AP"
            case averageRecall = "AR"
        }
    }

    public struct ErrorRow: Encodable, Sendable {
        public var kind: String
        /// Over all confidences.
        public var count: Int
        public var countAtOperatingPoint: Int
        public var costOfAP50: Double
    }

    public struct Confusion: Encodable, Sendable {
        public var confidence: Double
        public var iouThreshold: Double
        /// The names of rows and columns; the last is background.
        public var labels: [String]
        /// Rows what is there, columns what was detected.
        public var counts: [[Int]]
    }

    public struct Pair: Encodable, Sendable {
        public var truth: String
        public var detected: String
        public var count: Int
    }

    public struct ImageRow: Encodable, Sendable {
        public var id: String
        public var fileName: String
        public var right: Int
        public var wrong: Int
        public var missed: Int
        public var f1: Double
    }

    public struct Finding: Encodable, Sendable {
        public var kind: String
        public var count: Int
        public var explanation: String
        public var stats: [Double]
        public var differences: [Double]
    }

    public struct Warning: Encodable, Sendable {
        public var kind: String
        public var count: Int
        public var examples: [String]

        public init(_ warning: RecordWarning) {
            kind = warning.kind.rawValue
            count = warning.count
            examples = warning.exampleTexts
        }
    }

    public struct Curve: Encodable, Sendable {
        public var iouThreshold: Double?
        public var recall: [Double]
        public var precision: [Double]
    }

    public struct Comparison: Encodable, Sendable {
        public struct Class: Encodable, Sendable {
            public var name: String
            public var averagePrecision: Double?
            public var otherAveragePrecision: Double?
            public var difference: Double?

            private enum CodingKeys: String, CodingKey {
                case name, difference
                case averagePrecision = "AP"
                case otherAveragePrecision = "otherAP"
            }
        }

        public var other: String
        public var stats: [Double]
        public var differences: [Double?]
        public var classes: [Class]
    }

    public struct Options: Encodable, Sendable {
        public var conformance: String
        public var iouThresholds: [Double]
        public var maxDetections: [Int]
    }

    public var groundTruth: String
    public var detections: String
    public var metric = "coco"
    /// The twelve numbers in COCO's order, −1 where there is nothing to average.
    public var stats: [Double]
    public var statsNames: [String]
    public var options: Options
    public var images: Int
    public var imagesWithDetections: Int
    public var annotationCount: Int
    public var detectionCount: Int
    public var classes: [Class]
    public var sizes: [Size]
    public var operatingPoint: Point?
    public var errors: [ErrorRow]?
    public var falsePositivesCostOfAP50: Double?
    public var falseNegativesCostOfAP50: Double?
    public var confusion: Confusion?
    public var confusedPairs: [Pair]?
    public var worstImages: [ImageRow]?
    public var findings: [Finding]
    public var warnings: [Warning]
    public var advice: [Advice]
    public var precisionRecallCurves: [Curve]?
    public var confidenceCurve: [Point]?
    public var comparison: Comparison?

    /// - Parameter includesCurves: Whether precision over recall and everything over confidence are included, for all
    ///   classes together and for each.
    public init(
        _ evaluation: DetectionEvaluation, includesCurves: Bool = false, comparison: EvaluationComparison? = nil
    ) {
        let input = evaluation.input
        let result = evaluation.metrics
        groundTruth = input.dataset.provenance.path
        detections = input.detectionsPath
        stats = result.stats
        statsNames = COCOStatistics.names(result.options)
        options = Options(
            conformance: result.options.conformance.rawValue, iouThresholds: result.options.iouThresholds,
            maxDetections: result.options.detectionLimits)
        images = input.imageIDs.count
        imagesWithDetections = input.detectedImageCount
        annotationCount = input.annotationCount
        detectionCount = input.detectionCount
        classes = Self.classes(evaluation, includesCurves: includesCurves)
        sizes = Self.sizes(evaluation)
        findings = result.findings.map {
            Finding(
                kind: $0.kind.rawValue, count: $0.count, explanation: $0.explanation, stats: $0.statistics,
                differences: $0.differences)
        }
        warnings = input.warnings.map(Warning.init)
        advice = evaluation.advice
        if includesCurves {
            precisionRecallCurves = evaluation.precisionRecallCurves.map {
                Curve(iouThreshold: $0.iouThreshold, recall: $0.recalls, precision: $0.precisions)
            }
            confidenceCurve = evaluation.analysis?.overall.points.map(Point.init)
        }
        if let comparison {
            self.comparison = Comparison(
                other: comparison.otherPath, stats: comparison.otherStats, differences: comparison.differences,
                classes: comparison.categories.map {
                    .init(
                        name: $0.name, averagePrecision: $0.averagePrecision,
                        otherAveragePrecision: $0.otherAveragePrecision,
                        difference: $0.difference)
                })
        }
        if let analysis = evaluation.analysis { add(analysis, of: evaluation) }
    }

    private mutating func add(_ analysis: ErrorAnalysis, of evaluation: DetectionEvaluation) {
        operatingPoint = analysis.overall.best.map(Point.init)
        errors = ErrorKind.allCases.compactMap { kind in
            analysis.costs[kind].map {
                ErrorRow(
                    kind: kind.rawValue, count: $0.count, countAtOperatingPoint: analysis.operatingCounts[kind] ?? 0,
                    costOfAP50: $0.averagePrecisionCost)
            }
        }
        falsePositivesCostOfAP50 = analysis.falsePositiveCost
        falseNegativesCostOfAP50 = analysis.falseNegativeCost
        let matrix = analysis.confusion
        confusion = Confusion(
            confidence: matrix.confidence, iouThreshold: matrix.iouThreshold,
            labels: matrix.categoryIDs.map { evaluation.name($0) } + ["background"],
            counts: (0...matrix.background).map { row in
                (0...matrix.background).map { matrix[truth: row, detected: $0] }
            })
        confusedPairs = evaluation.confusedPairs.map {
            Pair(truth: $0.truth, detected: $0.detected, count: $0.count)
        }
        worstImages = analysis.worstImages(20).compactMap { image in
            guard let row = evaluation.row(ofImage: image.imageID) else { return nil }
            let record = evaluation.input.dataset.images[row]
            let id = if case .text(let text) = record.id { text } else { record.id.description }
            return ImageRow(
                id: id, fileName: record.fileName, right: image.truePositives, wrong: image.falsePositiveCount,
                missed: image.falseNegatives, f1: image.f1)
        }
    }

    private static func classes(_ evaluation: DetectionEvaluation, includesCurves: Bool) -> [Class] {
        let analyzed = evaluation.analysis?.categories
        return evaluation.metrics.categories.enumerated().map { index, category in
            var row = Class(
                id: category.categoryID, name: evaluation.name(category.categoryID),
                averagePrecision: category.averagePrecision,
                averagePrecision50: category.averagePrecision50, averagePrecision75: category.averagePrecision75,
                averageRecall: category.averageRecall,
                annotations: category.groundTruthCount, detections: category.detectionCount)
            if let analyzed = analyzed?[index] {
                row.best = analyzed.curve.best.map(Point.init)
                row.truePositives = analyzed.truePositives
                row.falsePositives = analyzed.falsePositives
                row.falseNegatives = analyzed.falseNegatives
                row.errors = Dictionary(
                    uniqueKeysWithValues: ErrorKind.allCases.map { ($0.rawValue, analyzed.errorCounts[$0] ?? 0) })
                if includesCurves { row.curve = analyzed.curve.points.map(Point.init) }
            }
            return row
        }
    }

    private static func sizes(_ evaluation: DetectionEvaluation) -> [Size] {
        let analyzed = evaluation.analysis?.sizes
        return evaluation.sizes.enumerated().map { index, size in
            var row = Size(
                label: size.range.label, lower: size.range.lower, upper: size.range.upper,
                averagePrecision: size.averagePrecision,
                averageRecall: size.averageRecall)
            if let analyzed = analyzed?[index] {
                row.annotations = analyzed.groundTruthCount
                row.found = analyzed.found
                row.falsePositives = analyzed.falsePositives
            }
            return row
        }
    }
}
