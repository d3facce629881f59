import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// KITTI's object labels: a text file for each image in `label_2`, fifteen columns a row and a score in results.
///
/// Names of categories have no spaces there; they are written as underscores.
enum KITTIFormat: DatasetCodec {
    static let isFolder = true

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "KITTI")
        capabilities.imageSizes = false
        capabilities.scores = true
        capabilities.annotationFields = Set(columns.map(\.name))
        capabilities.hasFileForEachImage = true
        return capabilities
    }

    /// Columns that are not the class, the box or the score: where they stand, and what stands for an unknown value.
    static let columns: [(place: Int, name: String, unknown: Double)] = [
        (1, "truncated", -1), (2, "occluded", -1), (3, "alpha", -10), (8, "dimensions_height", -1),
        (9, "dimensions_width", -1), (10, "dimensions_length", -1), (11, "location_x", -1000),
        (12, "location_y", -1000), (13, "location_z", -1000), (14, "rotation_y", -10),
    ]

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let labels = ["label_2", "labels"].map { "\(path)/\($0)" }.first(where: Folder.isFolder) ?? path
        let images =
            options.images ?? ["image_2", "images"].map { "\(path)/\($0)" }.first(where: Folder.isFolder)
            ?? options.finder?.folderWithImages(otherwise: labels) ?? labels
        let files = try Folder.files(below: labels).filter { $0.hasSuffix(".txt") }
        guard !files.isEmpty else {
            throw AnnotationError(
                .notFound, file: labels, problem: "there are no text files", remedy: "Give the folder with label_2")
        }
        let listing = try ImageFolderListing(images)
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: path, format: .kitti))
        builder.imageFolder = images
        let batches = try ParallelReading.batches(files.count, firstSource: 0, isLenient: options.isLenient) {
            let stem = FilePath.stem(of: files[$0])
            let name = listing.name(ofStem: stem) ?? options.knownImages?.image(ofStem: stem)?.fileName ?? "\(stem).png"
            let file = "\(labels)/\(files[$0])"
            $1.addImage(name: name, width: 0, height: 0, describedIn: file)
            for line in TextLines(try ByteSource.smallAnnotations(file)) where !line.fields.isEmpty {
                do {
                    try read(line, of: file, into: $1)
                } catch let error as AnnotationError where options.isLenient {
                    $1.refusals.append(error)
                }
            }
        }
        builder.append(batches)
        return builder.build()
    }

    private static func read(
        _ line: TextLines.Line, of file: String, into batch: RecordBatch
    ) throws {
        var fields = line.fields
        // Some tools leave the spaces of names as they are.
        var name = TextLines.string(fields[0])
        while fields.count > 15, TextNumber.double(fields[1]) == nil {
            name += " " + TextLines.string(fields.remove(at: 1))
        }
        guard fields.count == 15 || fields.count == 16 else {
            throw AnnotationError(
                .schema, file: file, line: line.number,
                problem: "a row has 15 columns, or 16 with a score, this one \(fields.count)",
                remedy: "Write type, truncated, occluded, alpha, left, top, right, bottom and the seven 3D columns")
        }
        var values = [0.0]
        for field in fields.dropFirst() {
            guard let value = TextNumber.double(field) else {
                throw AnnotationError(
                    .schema, file: file, line: line.number,
                    problem: "\"\(TextLines.string(field).prefix(40))\" is not a number",
                    remedy: "Write a number there")
            }
            values.append(value)
        }
        for column in columns where values[column.place] != column.unknown {
            batch.extras.add(column.name, .double(values[column.place]))
        }
        if values.count == 16 { batch.extras.add("score", .double(values[15])) }
        batch.addObject(
            category: batch.category(name),
            box: Box(left: values[4], top: values[5], right: values[6], bottom: values[7]))
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        let names = try OutputNames(dataset) { _ in "image_2" }
        let files = try names.files(of: dataset, ending: ".txt")
        let hasScores = dataset.holdsScores
        try FolderTree.make("\(path)/label_2")
        try ImageFileWriter(folder: "\(path)/label_2", files: files).write(dataset) { row, buffer in
            for annotation in dataset.annotations(ofImage: row) {
                guard let box = dataset.writableBox(annotation) else { continue }
                appendRow(annotation, box, of: dataset, hasScores: hasScores, to: &buffer)
            }
            return true
        }
        try ImagePlacement(dataset, options.images).place(names.images.map { "image_2/\($0)" }, in: path)
    }

    static func writtenCategory(_ name: String) -> String {
        name.isEmpty ? "_" : String(name.map { $0.isWhitespace ? "_" : $0 })
    }

    private static func appendRow(
        _ row: Int, _ box: Box, of dataset: Dataset, hasScores: Bool, to buffer: inout ByteBuffer
    ) {
        let name = dataset.categories[Int(dataset.annotations.categories[row])].name
        buffer.append(text: writtenCategory(name))
        let fields = dataset.fields(ofAnnotation: row)
        let (x2, y2) = box.farCorner
        for place in 1...14 {
            buffer.append(" ")
            switch place {
            case 4: buffer.appendDouble(box.x)
            case 5: buffer.appendDouble(box.y)
            case 6: buffer.appendDouble(x2)
            case 7: buffer.appendDouble(y2)
            default:
                guard let column = columns.first(where: { $0.place == place }) else { continue }
                buffer.appendDouble(fields.double(column.name) ?? column.unknown)
            }
        }
        if hasScores {
            buffer.append(" ")
            buffer.appendDouble(fields.double("score") ?? 1)
        }
        buffer.append("\n")
    }
}
