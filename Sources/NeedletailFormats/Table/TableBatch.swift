import NeedletailDatasets
import NeedletailGeometry
import NeedletailText

/// Objects from the rows of tables, which name an image with each and need not keep those of one image together.
final class TableBatch {
    let records: RecordBatch
    private var rows: [String: Int] = [:]

    init(source: Int) {
        records = RecordBatch(source: source)
    }

    /// The row of an image, which is made if it is new.
    ///
    /// - Parameters:
    ///   - name: As it is written.
    ///   - fileName: What a name means; called once for each.
    ///   - size: Called for a new image.
    func image(
        _ name: String, split: String? = nil, fileName: (String) -> String = { $0 },
        size: () throws -> (width: Int, height: Int)
    ) rethrows -> Int {
        if let row = rows[name] { return row }
        let file = fileName(name)
        if let row = rows[file] {
            rows[name] = row
            return row
        }
        let (width, height) = try size()
        let row = records.images.count
        rows[name] = row
        rows[file] = row
        records.extras.add("split", split)
        records.addImage(name: file, width: width, height: height)
        return row
    }

    /// The number in a field.
    ///
    /// - Throws: ``AnnotationError`` with the line when it is none.
    static func number(
        _ field: TableReader.Field?, _ name: String, _ file: String, _ line: Int
    ) throws(AnnotationError) -> Double {
        if let value = field?.double { return value }
        throw AnnotationError(
            .schema, file: file, line: line,
            problem: field.map { "\(name) is \"\($0.string.prefix(40))\", not a number" } ?? "there is no \(name)",
            remedy: "Write a number there")
    }
}
