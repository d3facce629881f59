import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// VisDrone's object detection: a text file for each image in `annotations`, with rows `left,top,width,height,score,category,
/// truncation,occlusion`.
///
/// Categories are numbers whose names the challenge fixes. Rows of score 0, regions and objects that its evaluation
/// ignores, are crowds here, which neither training nor evaluation counts.
enum VisDroneFormat: DatasetCodec {
    static let isFolder = true

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "VisDrone (detection)", classes: names)
        capabilities.imageSizes = false
        capabilities.categoryIDs = true
        capabilities.crowds = true
        capabilities.annotationFields = ["truncation", "occlusion"]
        capabilities.hasFileForEachImage = true
        return capabilities
    }

    /// By number.
    private static let names = [
        "ignored regions", "pedestrian", "people", "bicycle", "car", "van", "truck", "tricycle", "awning-tricycle",
        "bus",
        "motor", "others",
    ]

    static func isLayout(_ folder: String, names: [String]) throws -> Bool {
        guard names.contains("annotations") else { return false }
        let files = try Folder.names(in: "\(folder)/annotations", ending: ".txt").prefix(8)
        return files.lazy.compactMap { TextHead("\(folder)/annotations/\($0)") }.first { !$0.lines.isEmpty }
            .map { numbers(of: $0.lines[0]) != nil } ?? false
    }

    /// The eight numbers of a row; a comma may stand behind the last.
    private static func numbers(of line: String) -> [Double]? {
        var fields = line.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmingSpaces() }
        if fields.last?.isEmpty ?? false { fields.removeLast() }
        let numbers = fields.compactMap { TextNumber.double($0) }
        return numbers.count == 8 && fields.count == 8 ? numbers : nil
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let labels = ["annotations"].map { "\(path)/\($0)" }.first(where: Folder.isFolder) ?? path
        let images =
            options.images ?? ["images"].map { "\(path)/\($0)" }.first(where: Folder.isFolder)
            ?? options.finder?.folderWithImages(otherwise: labels) ?? labels
        let files = try Folder.files(below: labels).filter { $0.hasSuffix(".txt") }
        guard !files.isEmpty else {
            throw AnnotationError(
                .notFound, file: labels, problem: "there are no text files",
                remedy: "Give the folder with images and annotations")
        }
        let listing = try ImageFolderListing(images)
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: path, format: .visdrone))
        builder.imageFolder = images
        let batches = try ParallelReading.batches(files.count, firstSource: 0, isLenient: options.isLenient) {
            let stem = FilePath.stem(of: files[$0])
            let name = listing.name(ofStem: stem) ?? options.knownImages?.image(ofStem: stem)?.fileName ?? "\(stem).jpg"
            let file = "\(labels)/\(files[$0])"
            $1.addImage(name: name, width: 0, height: 0, describedIn: file)
            for line in TextLines(try ByteSource.smallAnnotations(file)) where !line.fields.isEmpty {
                do { try read(line, of: file, into: $1) } catch let error as AnnotationError where options.isLenient {
                    $1.refusals.append(error)
                }
            }
        }
        let found = Set(batches.flatMap(\.categoryNames))
        builder.categories = names.enumerated().filter { found.contains($1) }.map {
            Category(id: .integer($0), name: $1)
        }
        builder.append(batches)
        return builder.build()
    }

    private static func read(_ line: TextLines.Line, of file: String, into batch: RecordBatch) throws {
        guard let values = numbers(of: line.string) else {
            throw AnnotationError(
                .schema, file: file, line: line.number,
                problem: "a row has eight numbers with commas between them, this one is \"\(line.string.prefix(80))\"",
                remedy: "Write it as left,top,width,height,score,category,truncation,occlusion")
        }
        guard let number = Int(exactly: values[5]), names.indices.contains(number) else {
            throw AnnotationError(
                .schema, file: file, line: line.number,
                problem: "the category \(values[5]) is none of VisDrone's, which are 0 to \(names.count - 1)",
                remedy: "Correct it")
        }
        for (place, name) in [(6, "truncation"), (7, "occlusion")] where values[place] != 0 {
            batch.extras.add(name, .double(values[place]))
        }
        batch.addObject(
            category: batch.category(names[number]),
            box: Box(x: values[0], y: values[1], width: values[2], height: values[3]), isCrowd: values[4] == 0)
    }

    static func writtenCategory(_ name: String) -> String { FixedClasses.written(name, in: capabilities) }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        let classes = try FixedClasses(dataset, of: capabilities)
        let names = try OutputNames(dataset) { _ in "images" }
        let files = try names.files(of: dataset, ending: ".txt")
        try FolderTree.make("\(path)/annotations")
        try ImageFileWriter(folder: "\(path)/annotations", files: files).write(dataset) { row, buffer in
            for annotation in dataset.annotations(ofImage: row) {
                guard let box = dataset.writableBox(annotation) else { continue }
                for value in [box.x, box.y, box.width, box.height] {
                    buffer.appendDouble(value)
                    buffer.append(",")
                }
                let record = dataset.annotations[annotation], fields = dataset.fields(ofAnnotation: annotation)
                buffer.append(record.isCrowd ? "0," : "1,")
                buffer.appendInteger(classes.places[record.category])
                for name: StaticString in ["truncation", "occlusion"] {
                    buffer.append(",")
                    buffer.appendDouble(fields.double(name) ?? 0)
                }
                buffer.append("\n")
            }
            return true
        }
        try ImagePlacement(dataset, options.images).place(names.images.map { "images/\($0)" }, in: path)
    }
}
