import Needletail
import NeedletailDatasets
import NeedletailSystem

/// What was found in photographs as the annotations of a dataset, to be carried on in any format.
struct FoundDataset {
    let format: DatasetFormat
    private var images: [ImageRecord] = []
    private var annotations: [Annotation] = []
    private let categories: [NeedletailDatasets.Category]
    private let rows: [Int: Int]

    init(_ format: DatasetFormat, categories: [DenseDetector.Category]) {
        self.format = format
        self.categories = categories.map { NeedletailDatasets.Category(id: .integer($0.id), name: $0.name) }
        rows = Dictionary(categories.enumerated().map { ($1.id, $0) }) { first, _ in first }
    }

    /// The file or folder in a folder of results.
    var name: String { format.isFolder ? "annotations" : "annotations" + format.fileEnding }

    mutating func append(_ detections: some Sequence<Detection>, of photograph: Photographs.Item, size: Image.Size) {
        let row = images.count
        images.append(
            ImageRecord(id: .integer(row + 1), fileName: photograph.name, width: size.width, height: size.height))
        for detection in detections {
            guard let category = rows[detection.categoryID] else { continue }
            annotations.append(
                Annotation(
                    id: .integer(annotations.count + 1), image: row, category: category, box: detection.box))
        }
    }

    /// - Throws: `AnnotationError` when it cannot be written.
    func write(to folder: String, imageFolder: String?, overwrites: Bool) throws {
        var dataset = Dataset(images: images, categories: categories, annotations: annotations)
        dataset.imageFolder = imageFolder
        var options = WritingOptions()
        options.overwrites = overwrites
        try dataset.write(to: folder + "/" + name, format: format, options: options)
    }
}
