import Needletail

/// Training data of boxes alone: there are no image files.
enum BoxedDataset {
    /// - Parameters:
    ///   - images: Width, height and boxes with the row of their class.
    ///   - classes: How many there are; class `n` has the output column `n + 1`.
    static func make(_ images: [(width: Int, height: Int, boxes: [(Box, Int)])], classes: Int) throws -> TrainingData {
        let categories = (0..<classes).map { Category(id: .integer($0 + 1), name: "class \($0 + 1)") }
        let dataset = Dataset(
            images: images.enumerated().map {
                ImageRecord(id: .integer($0 + 1), fileName: "\($0).jpg", width: $1.width, height: $1.height)
            },
            categories: categories,
            annotations: images.enumerated().flatMap { image, content in
                content.boxes.map { Annotation(image: image, category: $0.1, box: $0.0) }
            })
        return try TrainingData(
            dataset,
            categories: categories.enumerated().map {
                DenseDetector.Category(id: $0 + 1, name: $1.name, classIndex: $0 + 1)
            }, keepsEmptyImages: false)
    }
}
