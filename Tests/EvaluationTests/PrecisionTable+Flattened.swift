import NeedletailEvaluation

/// The table in the order of pycocotools' arrays, as it was recorded.
extension PrecisionTable {
    /// `eval['precision']`, shape `[T, R, K, A, M]`.
    func flattenedPrecisions() -> [Double] {
        flattened { precision(threshold: $0, recall: $1, category: $2, area: $3, limit: $4) }
    }

    /// `eval['scores']`, shape `[T, R, K, A, M]`.
    func flattenedScores() -> [Double] {
        flattened { score(threshold: $0, recall: $1, category: $2, area: $3, limit: $4) }
    }

    /// `eval['recall']`, shape `[T, K, A, M]`.
    func flattenedRecalls() -> [Double] {
        (0..<thresholdCount).flatMap { t in
            settings.map { recall(threshold: t, category: $0, area: $1, limit: $2) }
        }
    }

    private func flattened(_ value: (Int, Int, Int, Int, Int) -> Double) -> [Double] {
        let settings = settings
        var values: [Double] = []
        for t in 0..<thresholdCount {
            for r in 0..<recallCount { for (k, a, m) in settings { values.append(value(t, r, k, a, m)) } }
        }
        return values
    }

    private var settings: [(category: Int, area: Int, limit: Int)] {
        (0..<categoryCount).flatMap { k in
            (0..<areaCount).flatMap { a in (0..<limitCount).map { (k, a, $0) } }
        }
    }
}
