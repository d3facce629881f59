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
                .notFound, file: path, problem: "these are detections, which do not tell of all images and categories",
                remedy: "Give the dataset they were made for with \(setting: .annotations) of \(verb: .convert)")
        }
        var others = options
        others.format = nil
        others.annotations = nil
        let truth = try Dataset.read(annotations, options: others)
        let results = try COCOResultsReader.read(
            path, of: truth, categories: truth.categories, isLenient: options.isLenient, keepsForeign: true)
        return try dataset(of: results, with: truth, path: path)
    }

    /// The detections as boxes in the images of a dataset. Categories that it does not have are added to its own.
    private static func dataset(of results: COCOResults, with truth: Dataset, path: String) throws -> Dataset {
        var images = ImageLookup(truth.images)
        var categories = Dictionary(truth.categories.enumerated().map { ($1.number, $0) }) { first, _ in first }
        let names = CategoryNameIndex(truth.categories.map(\.name))
        var foreign: [String: Int] = [:]
        var builder = truth.emptyBuilder()
        builder.provenance = Dataset.Provenance(path: path, format: .cocoResults)
        builder.images = truth.images
        builder.categories = truth.categories
        let extras = ExtrasArena(source: builder.sources.count)
        for (row, entry) in results.enumerated() {
            let detection = entry.detection
            var category = categories[detection.categoryID]
            if let name = detection.categoryName, names.places(of: name).isEmpty {
                if foreign[name] == nil {
                    var unused = UnusedNumbers(besides: categories.keys)
                    let id = categories[detection.categoryID] == nil ? detection.categoryID : unused.next()
                    foreign[name] = builder.categories.count
                    categories[id] = builder.categories.count
                    builder.categories.append(Category(id: .integer(id), name: name))
                }
                category = foreign[name]
            }
            guard let image = images.row(of: entry.imageID)?.row, let category else {
                throw AnnotationError(
                    .unknownReference, file: path, record: "[\(results.fileIndex(ofRow: row))]",
                    problem:
                        "image \(entry.imageID) or category \(detection.categoryID) is not in \(truth.provenance.path)",
                    remedy: "Give the dataset that the detections were made for")
            }
            extras.add("score", .double(detection.score))
            if let name = detection.categoryName { extras.add("category_name", name) }
            builder.append(
                Annotation(
                    id: .integer(row + 1), image: image, category: category, box: detection.box,
                    area: detection.box.area.derived, crowd: false), origin: extras.finish())
        }
        builder.sources.append(ByteSource(synthetic: extras.buffer, path: path))
        return builder.build()
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        var writer = try COCOResultsWriter(path: path, categories: dataset.categories)
        for row in 0..<dataset.annotations.count {
            guard let box = dataset.writableBox(row) else { continue }
            let annotation = dataset.annotations[row], fields = dataset.fields(ofAnnotation: row)
            guard let score = fields.double("score") else {
                throw AnnotationError(
                    .schema, file: dataset.file(ofImage: annotation.image),
                    record: dataset.recordName(ofAnnotation: row),
                    problem: "the annotation has no score, and results are detections with one",
                    remedy: "Choose another format, as coco")
            }
            let image = dataset.images[annotation.image], category = dataset.categories[annotation.category]
            // What was read with names is written with names.
            let hasNames = fields["category_name"] != nil
            try writer.append(
                COCOResults.Entry(
                    imageID: image.id,
                    detection: Detection(
                        box: box, score: score, categoryID: category.number,
                        categoryName: hasNames ? category.name : nil)), fileName: hasNames ? image.fileName : nil)
        }
        try writer.finish()
    }
}
