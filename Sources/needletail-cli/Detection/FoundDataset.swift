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

    /// - Parameters:
    ///   - categories: Those of the detector.
    ///   - dataset: Whose categories and ids they are called by, where there is one.
    init(_ format: DatasetFormat, categories: [DenseDetector.Category], dataset: Dataset?) {
        self.format = format
        self.categories =
            dataset?.categories.map { NeedletailDatasets.Category(id: $0.id, name: $0.name) }
            ?? categories.map { NeedletailDatasets.Category(id: .integer($0.id), name: $0.name) }
        let numbers = dataset?.categories.map(\.number) ?? categories.map(\.id)
        rows = Dictionary(numbers.enumerated().map { ($1, $0) }) { first, _ in first }
    }

    /// The file or folder in a folder of results.
    var name: String { format.isFolder ? "annotations" : "annotations" + format.fileEnding }

    mutating func append(_ detections: [Detection], of photograph: Photographs.Item, size: Image.Size) {
        let row = images.count
        images.append(
            ImageRecord(
                id: photograph.datasetName == nil ? .integer(row + 1) : photograph.id,
                fileName: photograph.datasetName ?? photograph.name, width: size.width, height: size.height))
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
