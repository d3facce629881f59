import NeedletailData

/// What a verb has written, in a line for people or as JSON.
struct DatasetSummary: Encodable {
    var destination: String
    var images: Int
    var annotations: Int
    var categories: [String]
    var removedImages: Int?
    var removedAnnotations: Int?

    /// - Parameter before: The dataset that this one is a part of.
    init(_ dataset: Dataset, destination: String, before: Dataset? = nil) {
        self.destination = destination
        images = dataset.images.count
        annotations = dataset.annotations.count
        categories = dataset.categories.map(\.name)
        removedImages = before.map { $0.images.count - dataset.images.count }
        removedAnnotations = before.map { $0.annotations.count - dataset.annotations.count }
    }

    var text: String {
        func part(_ count: Int, _ removed: Int?, _ name: String) -> String {
            removed.map { $0 > 0 ? "\(count) of \(count + $0) \(name)" : "\(count) \(name)" } ?? "\(count) \(name)"
        }
        return "\(destination): \(part(images, removedImages, "images")), "
            + "\(part(annotations, removedAnnotations, "boxes")), \(categories.count) categories "
            + "(\(categories.listed(12)))"
    }

    func print(_ console: Console) throws {
        try console.result(self) { text }
    }
}
