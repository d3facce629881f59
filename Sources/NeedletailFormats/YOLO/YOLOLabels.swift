import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// The rows of one label file: `class centre-x centre-y width height`, shares of the image's size.
///
/// A sixth number is a confidence. Longer rows are a class and the corners of a polygon, whose extent is the box; a
/// last number that no other goes with is a confidence there.
struct YOLOLabels {
    let width: Double
    let height: Double
    /// The class numbers that have a name; nil when there are no names at all.
    let numbers: Set<Int>?

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
                            source, line, "\"\(String(decoding: field.prefix(40), as: UTF8.self))\" is not a number")
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
        guard let number = Int(exactly: values[0]), number >= 0 else {
            throw failure(source, line, "the class \(values[0]) is not a whole number from 0")
        }
        guard numbers?.contains(number) ?? true else {
            throw failure(source, line, "the class \(number) has no name")
        }
        let category = batch.category("\(number)")
        if values.count <= 6 {
            if values.count == 6 { batch.extras.add("score", .double(values[5])) }
            batch.addObject(
                category: category,
                box: Box(shareX: values[1], values[2], values[3], values[4], width: width, height: height))
            return
        }
        if values.count.isMultiple(of: 2), let score = values.last { batch.extras.add("score", .double(score)) }
        let coordinates = values.dropFirst().prefix((values.count - 1) / 2 * 2)
        let points = coordinates.enumerated().map { ($1 * ($0.isMultiple(of: 2) ? width : height)).derived }
        batch.addPolygon(points, category: category)
    }

    private func failure(_ source: ByteSource, _ line: TextLines.Line, _ problem: String) -> AnnotationError {
        AnnotationError(
            .schema, file: source.path, line: line.number, problem: problem,
            remedy: "Write the row as: class, centre x, centre y, width, height, all but the class from 0 to 1")
    }
}
