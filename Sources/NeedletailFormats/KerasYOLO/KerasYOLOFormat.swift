import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// keras-yolo3's list: a line for each image, its path and behind it, with spaces between them, boxes
/// `x1,y1,x2,y2,class` in pixels; the names of the classes, which are numbered from 0, in a file of their own.
///
/// Roboflow calls the two `_annotations.txt` and `_classes.txt`. keras-yolo3 itself takes whole numbers only.
enum KerasYOLOFormat: DatasetCodec {
    static let isFolder = true

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "keras-yolo3 lists")
        capabilities.imageSizes = false
        capabilities.unusedCategories = true
        capabilities.splits = true
        return capabilities
    }

    /// The first line may be of an image without boxes.
    static func begins(_ head: TextHead) -> Bool {
        head.lines.contains(where: ListOfImages.holdsBoxes)
            && head.lines.allSatisfy { ListOfImages.holdsBoxes($0) || ImageFileName.isImage($0) }
    }

    private static func lists(in folder: String) throws(FileError) -> [String] {
        try Folder.names(in: folder, ending: ".txt").prefix(64).filter {
            TextHead("\(folder)/\($0)").map(begins) ?? false
        }
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let isFolder = Folder.isFolder(path)
        let folder = isFolder ? path : FilePath.parent(of: path)
        var lists = try isFolder ? self.lists(in: path) : [FilePath.fileName(of: path)]
        if let split = options.split, isFolder {
            lists = lists.filter {
                SplitName.meant(by: FilePath.stem(of: $0)).map { SplitName.isSame($0, split) } ?? false
            }
        }
        guard !lists.isEmpty else {
            throw AnnotationError(
                .notFound, file: path,
                problem: "there is no list of images with boxes" + (options.split.map { " for the split \($0)" } ?? ""),
                remedy: "Give the list, with lines of a path and boxes x1,y1,x2,y2,class")
        }
        let images = LooseImages(path, options)
        let batch = TableBatch(source: 0)
        for list in lists {
            let stem = FilePath.stem(of: list)
            let split = lists.count > 1 ? SplitName.meant(by: stem) ?? stem : nil
            for line in TextLines(try ByteSource.annotations("\(folder)/\(list)")) where !line.fields.isEmpty {
                do { try read(line, of: "\(folder)/\(list)", split: split, into: batch) } catch let error
                    as AnnotationError where options.isLenient
                {
                    batch.records.refusals.append(error)
                }
            }
        }
        return try dataset(batch.records, folder: folder, images, path)
    }

    private static func read(
        _ line: TextLines.Line, of file: String, split: String?, into batch: TableBatch
    ) throws {
        var words = line.string.split { $0 == " " || $0 == "\t" || $0 == "\r" }
        var boxes: [[Double]] = []
        // Names may have spaces: what is a box is told from the end.
        while words.count > 1, let last = words.last {
            let numbers = last.split(separator: ",", omittingEmptySubsequences: false)
            let values = numbers.compactMap { TextNumber.double(String($0)) }
            guard numbers.count == 5, values.count == 5 else { break }
            boxes.append(values)
            words.removeLast()
        }
        let name = words.joined(separator: " ").trimmingSpaces()
        guard ImageFileName.isImage(name) || boxes.isEmpty else {
            throw AnnotationError(
                .schema, file: file, line: line.number,
                problem: "\"\(name.suffix(60))\" is neither an image nor a box",
                remedy: "Write the line as path x1,y1,x2,y2,class x1,y1,x2,y2,class …")
        }
        let image = batch.image(name, split: split) { (0, 0) }
        for values in boxes.reversed() {
            guard let number = Int(exactly: values[4]), number >= 0 else {
                throw AnnotationError(
                    .schema, file: file, line: line.number,
                    problem: "the class \(values[4]) is not a whole number from 0", remedy: "Correct it")
            }
            batch.records.addObject(
                image: image, category: batch.records.category("\(number)"),
                box: Box(left: values[0], top: values[1], right: values[2], bottom: values[3]))
        }
    }

    private static let listsOfClasses = ["_classes.txt", "classes.txt", "class.txt", "classes.names", "obj.names"]

    private static func dataset(
        _ batch: RecordBatch, folder: String, _ images: LooseImages, _ path: String
    ) throws -> Dataset {
        let file = [folder, FilePath.parent(of: folder), "\(folder)/model_data", "\(folder)/../model_data"]
            .flatMap { place in listsOfClasses.map { "\(place)/\($0)" } }.first(where: Folder.exists)
        var names: [String] = []
        if let file {
            names = TextLines(try ByteSource.smallAnnotations(file)).map { $0.string.trimmingSpaces() }
            while names.last?.isEmpty ?? false { names.removeLast() }
        }
        let numbers = Set(batch.categoryNames.compactMap { Int($0) }).union(names.indices).sorted()
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: path, format: .kerasYOLO3))
        builder.imageFolder = images.folder
        for (row, number) in numbers.enumerated() {
            let name = names.indices.contains(number) ? names[number] : "\(number)"
            builder.categories.append(Category(id: .integer(number), name: name))
            if !names.indices.contains(number) {
                builder.remarks.append(
                    ReadingRemark(.unnamedCategory, .category, row: row, "\(file ?? folder) has no name for it"))
            }
        }
        builder.append(
            [batch], categoryRows: Dictionary(uniqueKeysWithValues: numbers.enumerated().map { ("\($1)", $0) }))
        return builder.build()
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        let splits = dataset.splits(otherwise: options.split)
        let names = try OutputNames(dataset)
        let classes = ClassIndices(dataset.categories)
        for split in Set(splits).sorted() {
            var file = try AtomicFile(path: "\(path)/\(split).txt")
            file.write { (buffer: inout ByteBuffer) in
                for row in splits.indices where splits[row] == split {
                    buffer.append(text: names.images[row])
                    for annotation in dataset.annotations(ofImage: row) {
                        guard let box = dataset.writableBox(annotation) else { continue }
                        buffer.append(" ")
                        buffer.appendCorners(box)
                        buffer.append(",")
                        buffer.appendInteger(classes.ofRow[Int(dataset.annotations.categories[annotation])])
                    }
                    buffer.append("\n")
                }
            }
            try file.commit()
        }
        let lines = classes.rows.map { dataset.categories[$0].name.filter { !$0.isNewline } + "\n" }
        try AtomicFile.write(lines.joined(), to: "\(path)/classes.txt")
        try ImagePlacement(dataset, options.images).place(names.images, in: path)
    }
}
