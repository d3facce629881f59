/// The scores from which a detector's detections are best kept, as its validation has found them.
public struct ScoreThresholds: Codable, Hashable, Sendable {
    /// For categories that have none of their own.
    public var overall: Double
    /// By the category's name.
    public var byCategory: [String: Double]

    public init(overall: Double, byCategory: [String: Double] = [:]) {
        self.overall = overall
        self.byCategory = byCategory
    }

    /// The threshold of a category.
    public subscript(category: String?) -> Double { category.flatMap { byCategory[$0] } ?? overall }

    /// The thresholds of categories by the names that a dataset has for them.
    public func forCategories(_ names: [String]) -> ScoreThresholds {
        let known = byCategory.sorted { $0.key < $1.key }
        let places = CategoryNameIndex(known.map(\.key)).places(of: names)
        let pairs = zip(names, places).compactMap { name, places in places.first.map { (name, known[$0].value) } }
        return ScoreThresholds(overall: overall, byCategory: Dictionary(pairs) { first, _ in first })
    }
}
