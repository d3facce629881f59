import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem

/// COCO results as a dataset: the images and categories of another one, with scores.
enum COCOResultsFormat: DatasetCodec {
    static let isFolder = false

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "COCO results JSON")
        capabilities.imageSizes = false
        capabilities.emptyImages = false
        capabilities.imageIDs = true
        capabilities.categoryIDs = true
        capabilities.scores = true
        return capabilities
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        guard let annotations = options.annotations else {
            throw AnnotationError(
                .notFound, file: path, problem: "these are detections, which name neither images nor categories",
                remedy: "Give the dataset they were made for with \(setting: .annotations)")
        }
        var others = options
        others.format = nil
        others.annotations = nil
        let truth = try Dataset.read(annotations, options: others)
        let results = try COCOResults.read(path, categories: truth.categories, isLenient: options.isLenient)
        let rows = truth.images.ids.rowsByID()
        let categories = Dictionary(truth.categories.enumerated().map { ($1.number, $0) }) { first, _ in first }
        var builder = truth.emptyBuilder()
        builder.provenance = Dataset.Provenance(path: path, format: .cocoResults)
        builder.images = truth.images
        builder.categories = truth.categories
        let extras = ExtrasArena(source: builder.sources.count)
        for (row, entry) in results.enumerated() {
            guard let image = rows.row(of: entry.imageID) ?? rows.looseRow(of: entry.imageID),
                let category = categories[entry.detection.categoryID]
            else {
                throw AnnotationError(
                    .unknownReference, file: path, record: "[\(results.fileIndex(ofRow: row))]",
                    problem:
                        "image \(entry.imageID) or category \(entry.detection.categoryID) is not in \(annotations)",
                    remedy: "Give the dataset that the detections were made for")
            }
            extras.add("score", .double(entry.detection.score))
            builder.append(
                Annotation(
                    id: .integer(row + 1), image: image, category: category, box: entry.detection.box,
                    area: entry.detection.box.area.derived, crowd: false), origin: extras.finish())
        }
        builder.sources.append(ByteSource(synthetic: extras.buffer, path: path))
        return builder.build()
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        var writer = try COCOResultsWriter(path: path, categories: dataset.categories)
        for row in 0..<dataset.annotations.count {
            guard let box = dataset.writableBox(row) else { continue }
            let annotation = dataset.annotations[row]
            guard let score = dataset.fields(ofAnnotation: row).double("score") else {
                throw AnnotationError(
                    .schema, file: dataset.file(ofImage: annotation.image),
                    record: dataset.recordName(ofAnnotation: row),
                    problem: "the annotation has no score, and results are detections with one",
                    remedy: "Choose another format, as coco")
            }
            try writer.append(
                COCOResults.Entry(
                    imageID: dataset.images[annotation.image].id,
                    detection: Detection(
                        box: box, score: score, categoryID: dataset.categories[annotation.category].number)))
        }
        try writer.finish()
    }
}
