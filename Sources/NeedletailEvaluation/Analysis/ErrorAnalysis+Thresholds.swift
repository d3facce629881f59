import NeedletailGeometry

extension ErrorAnalysis {
    /// Objects that a category must have for a threshold of its own: what fewer say is chance.
    private static let leastObjects = 5

    /// The confidences of highest F1, of all categories together and of each that has enough objects and found one.
    ///
    /// - Parameter names: Of the categories, by id.
    /// - Returns: Nil when nothing was found.
    public func scoreThresholds(names: [Int: String]) -> ScoreThresholds? {
        guard let best = overall.best, best.truePositives > 0 else { return nil }
        let pairs = categories.compactMap { category -> (String, Double)? in
            guard let name = category.categoryID.flatMap({ names[$0] }), category.groundTruthCount >= Self.leastObjects,
                let best = category.curve.best, best.truePositives > 0
            else { return nil }
            return (name, best.confidence)
        }
        return ScoreThresholds(overall: best.confidence, byCategory: Dictionary(pairs) { first, _ in first })
    }
}
