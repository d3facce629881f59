import NeedletailDatasets
import NeedletailPlatform
import NeedletailRandom

/// Which boxes and images of a dataset to keep.
public struct DatasetFilter: Sendable {
    /// The categories to keep by name, exactly or else without case, spaces and hyphens; all when empty. The others are
    /// taken out of the list as well.
    public var classes: [String] = []
    /// The categories to take out.
    public var excludedClasses: [String] = []
    /// In square pixels, as the dataset gives areas.
    public var minimumArea: Double?
    public var maximumArea: Double?
    /// The least width and height of a box, in pixels.
    public var minimumSide: Double?
    /// Whether crowds are left out.
    public var dropsCrowds = false
    /// A condition on boxes, such as `area > 1000 and class in ("dog", "cat")`.
    public var condition: String?
    /// A condition on images, such as `boxes > 0 and image_width >= 640`.
    public var imageCondition: String?
    /// Whether images that have no boxes, or none left, go.
    public var dropsEmptyImages = false
    /// How many of the images that are left to draw at random.
    public var sample: Sample?
    public var seed: UInt64 = 0

    public enum Sample: Hashable, Sendable {
        case count(Int)
        /// From 0 to 1.
        case share(Double)
    }

    public init() {}

    /// The part of the dataset that passes. The same seed draws the same images.
    ///
    /// - Throws: `CurationError` for the name of a category that does not exist; `ExpressionError`.
    public func callAsFunction(_ dataset: Dataset) throws -> Dataset {
        let names = CategoryNames(dataset.categories)
        let (kept, excluded) = (Set(try names.written(classes)), Set(try names.written(excludedClasses)))
        let keepsCategory = dataset.categories.map {
            (kept.isEmpty || kept.contains($0.name)) && !excluded.contains($0.name)
        }
        let condition = try condition.map { try Expression.condition($0, of: dataset) }
        let imageCondition = try imageCondition.map {
            try Expression.condition($0, of: dataset, readsImages: true)
        }
        let table = dataset.annotations
        let keepsBox = (0..<table.count).map { row in
            keepsCategory[table.category(of: row)] && !(dropsCrowds && table.isCrowd(row)) && hasSize(table, row)
                && condition?(row) ?? true
        }
        var images = (0..<dataset.images.count).filter { image in
            imageCondition?(image) ?? true
                && !(dropsEmptyImages && !dataset.annotations(ofImage: image).contains { keepsBox[$0] })
        }
        if let sample { images = drawn(images, sample) }
        let part = dataset.selecting(images: images) { keepsBox[$0] }
        let rows = keepsCategory.indices.filter { keepsCategory[$0] }
        guard rows.count < keepsCategory.count else { return part }
        let places = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1, $0) })
        return part.mappingCategories(
            to: rows.map { dataset.categories[$0] }, rows: keepsCategory.indices.map { places[$0] })
    }

    private func hasSize(_ table: AnnotationTable, _ row: Int) -> Bool {
        if let minimumSide, !(min(table.box(of: row).width, table.box(of: row).height) >= minimumSide) { return false }
        guard minimumArea != nil || maximumArea != nil else { return true }
        let area = table[row].resolvedArea
        return area >= minimumArea ?? -.infinity && area <= maximumArea ?? .infinity
    }

    /// Some of the images, in their own order.
    private func drawn(_ images: [Int], _ sample: Sample) -> [Int] {
        let count =
            switch sample {
            case .count(let count): min(max(count, 0), images.count)
            case .share(let share): Int(saturating: (Double(images.count) * min(max(share, 0), 1)).rounded())
            }
        var random = RandomStream(seed: seed, name: "sample of images")
        return random.permutation(of: images.count).prefix(count).sorted().map { images[$0] }
    }
}
