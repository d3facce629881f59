import NeedletailDatasets
import NeedletailGeometry

/// The classes of a dataset among those that a format fixes.
struct FixedClasses {
    /// For each category of the dataset its place among the format's classes; of one without boxes any.
    let places: [Int]

    /// The name that a category has in the format; its own where it has none there.
    static func written(_ name: String, in capabilities: FormatCapabilities) -> String {
        let classes = capabilities.classes ?? []
        return CategoryNameIndex(classes).place(of: name).map { classes[$0] } ?? name
    }

    /// - Throws: ``AnnotationError`` for a category with boxes that the format does not have.
    init(_ dataset: Dataset, of capabilities: FormatCapabilities) throws(AnnotationError) {
        let classes = capabilities.classes ?? []
        let index = CategoryNameIndex(classes)
        let used = Set(dataset.annotations.categories.map { Int($0) })
        var places: [Int] = []
        for (row, category) in dataset.categories.enumerated() {
            let place = index.place(of: category.name)
            if place == nil, used.contains(row) {
                throw AnnotationError(
                    .schema, file: dataset.provenance.path, record: "categories[\(row)]",
                    problem:
                        "\(capabilities.title) has no class \"\(category.name)\"; it has \(classes.joined(separator: ", "))",
                    remedy: "Rename or leave out classes with \(verb: .remap), or write another format")
            }
            places.append(place ?? 0)
        }
        self.places = places
    }
}
