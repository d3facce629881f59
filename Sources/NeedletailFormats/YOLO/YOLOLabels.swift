import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// The rows of one label file: `class centre-x centre-y width height`, shares of the image's size.
///
/// A sixth number is a confidence. Longer rows are a class and the corners of a polygon, whose extent is the box; a
/// last number that no other goes with is a confidence there. In a dataset of poses they are class, box and keypoints; what
/// a tracker wrote ends with the number of a track.
struct YOLOLabels {
    let width: Double
    let height: Double
    /// The class numbers that have a name, and the file that says so; nil when any number will do.
    var names: (numbers: Set<Int>, file: String)?
    var pose: YOLOPose?
    var endsWithTrack = false

    /// - Throws: ``AnnotationError`` with the line of a row that is none.
    func read(_ source: ByteSource, into batch: RecordBatch, isLenient: Bool) throws {
        var values: [Double] = []
        for line in TextLines(source) {
            let fields = line.fields
            if fields.isEmpty { continue }
            do {
                values.removeAll(keepingCapacity: true)
                for field in fields {
                    guard let value = TextNumber.double(field) else {
                        throw failure(
                            source, line, "\"\(TextLines.string(field).prefix(40))\" is not a number")
                    }
                    values.append(value)
                }
                try add(values, to: batch, source, line)
            } catch let error as AnnotationError where isLenient {
                batch.refusals.append(error)
            }
        }
    }

    private func add(
        _ values: [Double], to batch: RecordBatch, _ source: ByteSource, _ line: TextLines.Line
    ) throws {
        guard values.count >= 5 else {
            throw failure(source, line, "a row has at least 5 numbers, this one \(values.count)")
        }
        if Self.arePixels(values.dropFirst()) { throw Self.pixels(in: source, line) }
        guard let number = Int(exactly: values[0]), number >= 0 else {
            throw failure(source, line, "the class \(values[0]) is not a whole number from 0")
        }
        if let names, !names.numbers.contains(number) {
            let (lowest, highest) = (names.numbers.min() ?? 0, names.numbers.max() ?? 0)
            throw AnnotationError(
                .schema, file: source.path, line: line.number,
                problem: "the class \(number) has no name: \(names.file) names the classes \(lowest) to \(highest)",
                remedy: "Add its name there, or correct the number; the first class is 0")
        }
        let category = batch.category("\(number)")
        var values = values
        if endsWithTrack, values.count == 6 || values.count == 7 {
            batch.extras.add("track_id", .double(values.removeLast()))
        }
        if values.count <= 6 {
            if values.count == 6 { batch.extras.add("score", .double(values[5])) }
            batch.addObject(
                category: category,
                box: Box(shareX: values[1], values[2], values[3], values[4], width: width, height: height))
            return
        }
        if let pose { return try add(pose, values, category, to: batch, source, line) }
        if values.count.isMultiple(of: 2), let score = values.last { batch.extras.add("score", .double(score)) }
        let coordinates = values.dropFirst().prefix((values.count - 1) / 2 * 2)
        let points = coordinates.enumerated().map { ($1 * ($0.isMultiple(of: 2) ? width : height)).derived }
        batch.addPolygon(points, category: category)
    }

    /// Whether the numbers behind the class cannot be shares: whole ones above 1, or nearly all above it.
    private static func arePixels(_ values: ArraySlice<Double>) -> Bool {
        let box = values.count <= 5 ? values.prefix(4) : values
        let above = box.count { $0 > 1 }
        return above * 4 >= box.count * 3 || (values.count <= 5 && above > 0 && box.allSatisfy { $0 == $0.rounded() })
    }

    private static func pixels(in source: ByteSource, _ line: TextLines.Line) -> AnnotationError {
        let files = FilePath.quoted(FilePath.parent(of: source.path)) + "/*.txt"
        return AnnotationError(
            .schema, file: source.path, line: line.number,
            problem: "the row holds pixels, not shares of the image from 0 to 1, and so is no YOLO",
            remedy: """
                Divide x and width by the image's width, y and height by its height. Rows of x1 y1 x2 y2 class become a \
                table that is read with \(setting: .format) retinanet: `awk '{ f = FILENAME; sub(/.*\\//, "", f); \
                sub(/txt$/, "jpg", f); print f "," $1 "," $2 "," $3 "," $4 "," $5 }' \(files) > boxes.csv`
                """)
    }

    private func add(
        _ pose: YOLOPose, _ values: [Double], _ category: Int, to batch: RecordBatch, _ source: ByteSource,
        _ line: TextLines.Line
    ) throws {
        guard values.count == pose.rowLength || values.count == pose.rowLength + 1 else {
            throw AnnotationError(
                .schema, file: source.path, line: line.number,
                problem: "the row has \(values.count) numbers, but one of \(pose.count) keypoints of "
                    + "\(pose.dimensions) numbers has \(pose.rowLength)",
                remedy: "Correct the row, or kpt_shape in the dataset's YAML file, which says how many there are")
        }
        if values.count > pose.rowLength { batch.extras.add("score", .double(values[pose.rowLength])) }
        pose.keypoints(values, width: width, height: height).add(to: batch.extras)
        batch.addObject(
            category: category,
            box: Box(shareX: values[1], values[2], values[3], values[4], width: width, height: height))
    }

    private func failure(_ source: ByteSource, _ line: TextLines.Line, _ problem: String) -> AnnotationError {
        AnnotationError(
            .schema, file: source.path, line: line.number, problem: problem,
            remedy: "Write the row as: class, centre x, centre y, width, height, all but the class from 0 to 1")
    }
}
