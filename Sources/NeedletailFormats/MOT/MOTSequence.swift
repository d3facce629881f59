import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// One sequence of a MOT dataset.
struct MOTSequence {
    private let file: String
    private let folder: String
    private let name: String
    /// The names of the classes from number 1 on.
    let classes: [String]
    private var imageFolder = "img1"
    private var ending = ".jpg"
    private var size = (width: 0, height: 0)
    private var length = 0

    /// No sequence is longer; what says so is wrong.
    private static let mostFrames = 1_000_000

    /// - Parameters:
    ///   - folder: Of the sequence.
    ///   - name: How the sequence's folder is reached from that of the dataset.
    init(_ file: String, folder: String, name: String) throws {
        (self.file, self.folder, self.name) = (file, folder, name)
        let labels = "\(FilePath.parent(of: file))/labels.txt"
        var classes = MOTFormat.classes
        if Folder.exists(labels) {
            classes = TextLines(try ByteSource.smallAnnotations(labels)).map { $0.string.trimmingSpaces() }
                .filter { !$0.isEmpty }
        }
        self.classes = classes
        let information = "\(folder)/seqinfo.ini"
        guard Folder.exists(information) else { return }
        for line in TextLines(try ByteSource.smallAnnotations(information)) {
            let parts = line.string.split(separator: "=", maxSplits: 1).map { String($0).trimmingSpaces() }
            guard parts.count == 2 else { continue }
            switch parts[0].lowercased() {
            case "imdir" where OutputNames.relativePath(parts[1]) == parts[1]: imageFolder = parts[1]
            case "imext" where parts[1].hasPrefix("."): ending = parts[1]
            case "imwidth": size.width = Int(parts[1]) ?? 0
            case "imheight": size.height = Int(parts[1]) ?? 0
            case "seqlength": length = Int(parts[1]) ?? 0
            default: break
            }
        }
    }

    private struct Row {
        var frame: Int
        var values: [Double]
        var line: Int
    }

    func read(into batch: RecordBatch, _ options: ReadingOptions) throws {
        var rows: [Row] = []
        for line in TextLines(try ByteSource.annotations(file)) where !line.fields.isEmpty {
            do { rows.append(try row(line)) } catch let error as AnnotationError where options.isLenient {
                batch.refusals.append(error)
            }
        }
        rows.sort { ($0.frame, $0.line) < ($1.frame, $1.line) }
        var next = 0
        for frame in try frames(rows) {
            let file = Self.fileName(ofFrame: frame, ending: ending)
            let prefix = name.isEmpty ? "" : "\(name)/"
            if let split = name.split(separator: "/").first, name.contains("/") {
                batch.extras.add("split", SplitName.usual(split))
            }
            batch.addImage(
                name: "\(prefix)\(imageFolder)/\(file)", width: size.width, height: size.height,
                describedIn: self.file)
            while next < rows.count, rows[next].frame == frame {
                add(rows[next], to: batch)
                next += 1
            }
        }
    }

    static func fileName(ofFrame frame: Int, ending: String) -> String {
        let number = "\(frame)"
        return String(repeating: "0", count: max(6 - number.count, 0)) + number + ending
    }

    /// Those with rows, and those without as far as the sequence is said to go and images are there.
    private func frames(_ rows: [Row]) throws(FileError) -> [Int] {
        var frames = Set(rows.map(\.frame))
        for image in try Folder.names(in: "\(folder)/\(imageFolder)", ending: ending) {
            if let frame = Int(FilePath.stem(of: image)), frame >= 0 { frames.insert(frame) }
        }
        if frames.count < length, length <= Self.mostFrames { frames.formUnion(1...length) }
        return frames.sorted()
    }

    private func row(_ line: TextLines.Line) throws -> Row {
        func failure(_ problem: String) -> AnnotationError {
            AnnotationError(
                .schema, file: file, line: line.number, problem: problem,
                remedy: "Write the row as frame,track,left,top,width,height,flag,class,visibility")
        }
        let fields = line.string.split(separator: ",", omittingEmptySubsequences: false)
            .map { String($0).trimmingSpaces() }
        let values = fields.compactMap { TextNumber.double($0) }
        guard values.count >= 6, values.count == fields.count else {
            throw failure("the row is \"\(line.string.prefix(80))\", not six numbers or more with commas between them")
        }
        guard let frame = Int(exactly: values[0]), (0...Self.mostFrames).contains(frame) else {
            throw failure("the frame \(values[0]) is not a whole number from 0 to \(Self.mostFrames)")
        }
        return Row(frame: frame, values: values, line: line.number)
    }

    private func add(_ row: Row, to batch: RecordBatch) {
        let values = row.values
        // The tables of ten columns have three coordinates in space, which are -1, and no class.
        let hasClass = values.count == 8 || values.count == 9
        var category = classes.first ?? "pedestrian"
        if hasClass, let number = Int(exactly: values[7]), number > 0 {
            category = classes.indices.contains(number - 1) ? classes[number - 1] : "\(number)"
        }
        if let track = Int(exactly: values[1]), track >= 0 { batch.extras.add("track_id", .integer(track)) }
        if hasClass, values.count == 9, values[8] >= 0 { batch.extras.add("visibility", .double(values[8])) }
        let flag = values.count > 6 ? values[6] : 1
        let isDetection = FilePath.fileName(of: file).hasPrefix("det")
        if isDetection { batch.extras.add("score", .double(flag)) }
        batch.addObject(
            category: batch.category(category),
            box: Box(x: values[2], y: values[3], width: values[4], height: values[5]),
            isCrowd: !isDetection && flag == 0)
    }
}
