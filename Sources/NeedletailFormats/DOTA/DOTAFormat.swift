import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// DOTA's aerial photographs: a text file for each image in `labelTxt`, with rows `x1 y1 x2 y2 x3 y3 x4 y4 category
/// difficult` in pixels, perhaps after lines `imagesource:` and `gsd:`.
///
/// A quadrilateral that is no upright box is kept as a polygon, with its extent as the box. Names have no spaces there; they
/// are written as underscores.
enum DOTAFormat: DatasetCodec {
    static let isFolder = true

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "DOTA (turned boxes)")
        capabilities.imageSizes = false
        capabilities.difficult = true
        capabilities.imageFields = ["imagesource", "gsd"]
        capabilities.hasFileForEachImage = true
        capabilities.coordinates = "four corners in pixels, all digits"
        return capabilities
    }

    private static let labelFolders = ["labelTxt", "labelTxt-v1.0", "labelTxt-v1.5", "annfiles", "labels", ""]

    static func isLayout(_ folder: String, names: [String]) throws -> Bool {
        try labelFolder(in: folder, names: names) != nil
    }

    private static func labelFolder(in folder: String, names: [String]) throws -> String? {
        for name in labelFolders where name.isEmpty || names.contains(name) {
            let labels = name.isEmpty ? folder : "\(folder)/\(name)"
            let files = try FolderLayout.files(in: labels, ending: ".txt", looksDeeper: !name.isEmpty)
                .filter { !$0.hasSuffix("/classes.txt") }.prefix(8)
            if files.lazy.compactMap({ TextHead($0) }).contains(where: isOne) { return labels }
        }
        return nil
    }

    private static func isOne(_ head: TextHead) -> Bool {
        guard let row = head.lines.first(where: { !isNote($0) }) else { return false }
        let fields = row.split { $0 == " " || $0 == "\t" }.map(String.init)
        return (fields.count == 9 || fields.count == 10) && fields.prefix(8).areNumbers
            && TextNumber.double(fields[8]) == nil
    }

    private static func isNote(_ line: String) -> Bool { line.hasPrefix("imagesource:") || line.hasPrefix("gsd:") }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let labels = try labelFolder(in: path, names: Folder.names(in: path, ending: "")) ?? path
        let images =
            options.images ?? ["images", "image"].map { "\(path)/\($0)" }.first(where: Folder.isFolder)
            ?? options.finder?.folderWithImages(otherwise: labels) ?? labels
        let files = try Folder.files(below: labels).filter { $0.hasSuffix(".txt") && $0 != "classes.txt" }
        guard !files.isEmpty else {
            throw AnnotationError(
                .notFound, file: labels, problem: "there are no text files", remedy: "Give the folder with labelTxt")
        }
        let listing = try ImageFolderListing(images)
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: path, format: .dota))
        builder.imageFolder = images
        let batches = try ParallelReading.batches(files.count, firstSource: 0, isLenient: options.isLenient) {
            let stem = FilePath.stem(of: files[$0])
            let name = listing.name(ofStem: stem) ?? options.knownImages?.image(ofStem: stem)?.fileName ?? "\(stem).png"
            try read("\(labels)/\(files[$0])", image: name, isLenient: options.isLenient, into: $1)
        }
        builder.append(batches)
        return builder.build()
    }

    private static func read(_ file: String, image: String, isLenient: Bool, into batch: RecordBatch) throws {
        let source = try ByteSource.smallAnnotations(file)
        defer { withExtendedLifetime(source) {} }
        let lines = TextLines(source).filter { !$0.fields.isEmpty }
        for line in lines {
            let text = line.string.trimmingSpaces()
            guard isNote(text), let colon = text.firstIndex(of: ":") else { continue }
            let value = String(text[text.index(after: colon)...]).trimmingSpaces()
            if !value.isEmpty { batch.extras.add(String(text[..<colon]), .numberOrText(value)) }
        }
        batch.addImage(name: image, width: 0, height: 0, describedIn: file)
        for line in lines where !isNote(line.string.trimmingSpaces()) {
            do { try read(line, of: file, into: batch) } catch let error as AnnotationError where isLenient {
                batch.refusals.append(error)
            }
        }
    }

    private static func read(_ line: TextLines.Line, of file: String, into batch: RecordBatch) throws {
        let fields = line.fields
        let corners = fields.prefix(8).compactMap { TextNumber.double($0) }
        guard (9...10).contains(fields.count), corners.count == 8 else {
            throw AnnotationError(
                .schema, file: file, line: line.number,
                problem:
                    "a row has four corners, a category and how difficult it is, this one is \"\(line.string.prefix(80))\"",
                remedy: "Write it as x1 y1 x2 y2 x3 y3 x4 y4 category difficult")
        }
        batch.addQuadrilateral(
            corners, category: batch.category(TextLines.string(fields[8])),
            isDifficult: fields.count == 10 && TextNumber.double(fields[9]).map { $0 > 0 } ?? false)
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        let names = try OutputNames(dataset) { _ in "images" }
        let files = try names.files(of: dataset, ending: ".txt")
        try FolderTree.make("\(path)/labelTxt")
        try ImageFileWriter(folder: "\(path)/labelTxt", files: files).write(dataset) { row, buffer in
            let fields = dataset.fields(ofImage: row)
            for key: StaticString in ["imagesource", "gsd"] {
                if let value = fields.textOrJSON(key) { buffer.append(text: "\(key):\(value)\n") }
            }
            for annotation in dataset.annotations(ofImage: row) {
                guard let box = dataset.writableBox(annotation) else { continue }
                for point in Quadrilateral(dataset.fields(ofAnnotation: annotation), box: box).points {
                    buffer.appendDouble(point)
                    buffer.append(" ")
                }
                buffer.append(
                    text: writtenCategory(dataset.categories[Int(dataset.annotations.categories[annotation])].name))
                buffer.append(dataset.annotations[annotation].isDifficult ? " 1\n" : " 0\n")
            }
            return true
        }
        try ImagePlacement(dataset, options.images).place(names.images.map { "images/\($0)" }, in: path)
    }

    static func writtenCategory(_ name: String) -> String { KITTIFormat.writtenCategory(name) }
}
