import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// FiftyOne: `samples.json` of an exported dataset (FiftyOneDataset), or `labels.json` of detections
/// (FiftyOneImageDetectionDataset), beside the folder `data` with the images.
///
/// Boxes are shares of the image. The second is written: the first holds identifiers of a database.
enum FiftyOneFormat: DatasetCodec {
    static let isFolder = true

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "FiftyOne (labels.json, samples.json)")
        capabilities.imageSizes = false
        capabilities.unusedCategories = true
        capabilities.scores = true
        capabilities.annotationFields = ["attributes"]
        capabilities.coordinates = "shares of the image, to 1e-10 pixels"
        return capabilities
    }

    static var marks: [JSONMark] {
        [JSONMark(.object, ["samples"]), JSONMark(.object, ["classes", "labels"])]
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let isFolder = Folder.isFolder(path)
        let folder = isFolder ? path : FilePath.parent(of: path)
        let file =
            !isFolder ? path : ["samples.json", "labels.json"].map { "\(path)/\($0)" }.first(where: Folder.exists)
        guard let file else {
            throw AnnotationError(
                .notFound, file: path, problem: "there is neither samples.json nor labels.json",
                remedy: "Give the folder of the export")
        }
        let data = options.images ?? "\(folder)/data"
        let images = LooseImages(file, options)
        let batch = RecordBatch(source: 0)
        var reader = FiftyOneReader(batch: batch, images: images, known: options.knownImages, data: data)
        let isSamples = try reader.read(file, isLenient: options.isLenient)
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: path, format: .fiftyone))
        builder.imageFolder = isSamples ? options.images ?? folder : data
        for name in reader.classes where !builder.categories.contains(where: { $0.name == name }) {
            builder.categories.append(Category(id: .integer(builder.categories.count), name: name))
        }
        builder.append([batch])
        return builder.build()
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        let names = try OutputNames(dataset) { _ in "data" }
        // An image is called by its name without ending.
        let keys = try names.files(of: dataset, ending: "")
        let hasScores = dataset.holdsScores
        var file = try AtomicFile(path: "\(path)/labels.json")
        try file.write { (buffer: inout ByteBuffer) throws in
            buffer.append("{\"classes\":[")
            for (place, category) in dataset.categories.enumerated() {
                buffer.append(place == 0 ? "\n" : ",\n")
                buffer.appendString(category.name)
            }
            buffer.append("],\n\"labels\":{")
            for row in 0..<dataset.images.count {
                buffer.append(row == 0 ? "\n" : ",\n")
                buffer.appendString(keys[row])
                buffer.append(":[")
                let boxes = dataset.annotations(ofImage: row).filter { dataset.writableBox($0) != nil }
                if !boxes.isEmpty {
                    let size = try dataset.knownSize(ofImage: row)
                    for (place, annotation) in boxes.enumerated() {
                        guard let box = dataset.writableBox(annotation) else { continue }
                        buffer.append(place == 0 ? "\n {\"label\":" : ",\n {\"label\":")
                        append(annotation, box, size, of: dataset, hasScores: hasScores, to: &buffer)
                    }
                }
                buffer.append("]")
            }
            buffer.append("\n}}\n")
        }
        try file.commit()
        try ImagePlacement(dataset, options.images).place(names.images.map { "data/\($0)" }, in: path)
    }

    private static func append(
        _ row: Int, _ box: Box, _ size: (width: Double, height: Double), of dataset: Dataset, hasScores: Bool,
        to buffer: inout ByteBuffer
    ) {
        let fields = dataset.fields(ofAnnotation: row)
        buffer.appendString(dataset.categories[Int(dataset.annotations.categories[row])].name)
        buffer.append(",\"bounding_box\":[")
        let shares = [
            (box.x / size.width).derivedShare(of: size.width), (box.y / size.height).derivedShare(of: size.height),
            (box.width / size.width).derivedShare(of: size.width),
            (box.height / size.height).derivedShare(of: size.height),
        ]
        for (place, share) in shares.enumerated() {
            if place > 0 { buffer.append(",") }
            buffer.appendDouble(share)
        }
        buffer.append("]")
        if hasScores, let score = fields.double("score") {
            buffer.append(",\"confidence\":")
            buffer.appendDouble(score)
        }
        if let attributes = fields["attributes"]?.value, attributes.first == UInt8(ascii: "{") {
            buffer.append(",\"attributes\":")
            buffer.append(attributes)
        }
        buffer.append("}")
    }
}
