import NeedletailEvaluation

/// Everything that is known of a detector's results on a dataset: the COCO numbers and the analysis of its errors.
public struct DetectionEvaluation: Sendable {
    public let input: EvaluationInput
    public let metrics: COCOMetrics
    /// `nil` when it was not asked for.
    public let analysis: ErrorAnalysis?
    let evaluator: COCOEvaluator
    /// How the detector was trained, where that is known.
    public var training: Training?

    public struct Training: Hashable, Sendable {
        /// The preset that takes more time and is better; nil after the last.
        public var nextPreset: String?

        public init(nextPreset: String?) { self.nextPreset = nextPreset }
    }

    /// - Parameters:
    ///   - findsTraps: Whether to look for properties of the data that move the numbers unexpectedly; see
    ///     `EvaluationFinding`.
    ///   - analyzesErrors: Whether to analyse errors.
    /// - Throws: `EvaluationError` when the options contradict themselves.
    public init(
        _ input: EvaluationInput, options: COCOOptions = COCOOptions(), findsTraps: Bool = true,
        analyzesErrors: Bool = true
    ) throws(EvaluationError) {
        self.input = input
        evaluator = try input.cocoEvaluator(options)
        metrics = evaluator.metrics(includesTable: true, includesFindings: findsTraps)
        // As many detections count as in the numbers.
        let limit = options.detectionLimits.max() ?? ErrorAnalysisOptions().detectionLimit
        analysis = analyzesErrors ? try evaluator.errorAnalysis(ErrorAnalysisOptions(detectionLimit: limit)) : nil
    }

    /// The name of a category; `all` stands for every category when they are not told apart.
    func name(_ categoryID: Int?) -> String {
        guard let categoryID else { return "all" }
        return input.dataset.categories.first { $0.number == categoryID }?.name ?? "\(categoryID)"
    }

    /// The row in the dataset of an image, by the number that the evaluators call it by.
    func row(ofImage imageID: Int) -> Int? { input.imageIDs.firstIndex(of: imageID) }
}

extension DetectionEvaluation {
    /// The numbers of objects of one size.
    public struct Size: Sendable {
        public var range: COCOOptions.AreaRange
        /// Over all IoU thresholds, at the largest limit; `nil` without such objects.
        public var averagePrecision: Double?
        public var averageRecall: Double?
    }

    /// One an area range of the options.
    public var sizes: [Size] {
        metrics.options.areaRanges.enumerated().map { index, range in
            let limit = metrics.options.detectionLimits.count - 1
            guard let table = metrics.table else { return Size(range: range) }
            var precision = 0.0
            var recall = 0.0
            var count = 0
            for k in 0..<table.categoryCount
            where table.recall(threshold: 0, category: k, area: index, limit: limit) > -1 {
                for t in 0..<table.thresholdCount {
                    recall += table.recall(threshold: t, category: k, area: index, limit: limit)
                    for r in 0..<table.recallCount {
                        precision += table.precision(threshold: t, recall: r, category: k, area: index, limit: limit)
                    }
                }
                count += 1
            }
            guard count > 0 else { return Size(range: range) }
            let cells = Double(count * table.thresholdCount)
            return Size(
                range: range, averagePrecision: precision / (cells * Double(table.recallCount)),
                averageRecall: recall / cells)
        }
    }

    /// One curve of interpolated precision over recall, the mean over the categories with objects.
    public struct PrecisionRecallCurve: Sendable {
        /// `nil` for the mean over all thresholds.
        public var iouThreshold: Double?
        public var recalls: [Double]
        public var precisions: [Double]
    }

    /// The mean curves of all categories.
    public var precisionRecallCurves: [PrecisionRecallCurve] {
        precisionRecallCurves(ofCategories: metrics.categories.indices)
    }

    /// At IoU 0.5, 0.75 and 0.9, where these are among the thresholds, and over all thresholds.
    ///
    /// - Parameter categories: Positions among the result's categories; those without objects are left out.
    public func precisionRecallCurves(ofCategories categories: some Sequence<Int>) -> [PrecisionRecallCurve] {
        let options = metrics.options
        guard let table = metrics.table else { return [] }
        let area = options.areaRanges.firstIndex { $0.label == "all" } ?? 0
        let limit = options.detectionLimits.count - 1
        let categories = categories.filter {
            table.recall(threshold: 0, category: $0, area: area, limit: limit) > -1
        }
        guard !categories.isEmpty else { return [] }
        func curve(_ thresholds: [Int], _ iou: Double?) -> PrecisionRecallCurve {
            let precisions = (0..<table.recallCount).map { recall in
                var sum = 0.0
                for t in thresholds {
                    for k in categories {
                        sum += table.precision(threshold: t, recall: recall, category: k, area: area, limit: limit)
                    }
                }
                return sum / Double(thresholds.count * categories.count)
            }
            return PrecisionRecallCurve(iouThreshold: iou, recalls: options.recallThresholds, precisions: precisions)
        }
        var curves: [PrecisionRecallCurve] = []
        for wanted in [0.5, 0.75, 0.9] {
            if let t = options.iouThresholds.firstIndex(where: { abs($0 - wanted) < 1e-9 }) {
                curves.append(curve([t], wanted))
            }
        }
        if options.iouThresholds.count > 1 { curves.append(curve(Array(options.iouThresholds.indices), nil)) }
        return curves
    }

    /// Two categories of which one was taken for the other.
    public struct ConfusedPair: Sendable {
        public var truth: String
        public var detected: String
        public var count: Int
    }

    /// By descending count.
    public var confusedPairs: [ConfusedPair] {
        guard let matrix = analysis?.confusion else { return [] }
        let names = matrix.categoryIDs.map { name($0) }
        var pairs: [ConfusedPair] = []
        for truth in 0..<matrix.background {
            for detected in 0..<matrix.background
            where truth != detected && matrix[truth: truth, detected: detected] > 0 {
                pairs.append(
                    ConfusedPair(
                        truth: names[truth], detected: names[detected], count: matrix[truth: truth, detected: detected])
                )
            }
        }
        return pairs.enumerated().sorted {
            $0.element.count != $1.element.count ? $0.element.count > $1.element.count : $0.offset < $1.offset
        }.map(\.element)
    }
}
