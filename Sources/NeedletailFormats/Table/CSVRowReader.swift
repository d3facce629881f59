import NeedletailDatasets
import NeedletailGeometry
import NeedletailText

/// Reads the rows of a table whose columns are known.
struct CSVRowReader {
    let file: String
    let header: [String]
    let roles: [TableColumns.Role?]
    let images: LooseImages

    /// - Throws: ``AnnotationError`` with the line of a row that is no good.
    func read(_ row: TableReader.Row, split: String?, into batch: TableBatch) throws {
        guard row.fields.count >= roles.count else {
            throw AnnotationError(
                .schema, file: file, line: row.line,
                problem: "the row has \(row.fields.count) fields and the header \(roles.count)",
                remedy: "Complete the row or remove it")
        }
        let ownSplit = field(.split, row)?.string
        if let split, let ownSplit, ownSplit != split { return }
        guard let written = field(.image, row)?.string, !written.isEmpty else {
            throw AnnotationError(
                .schema, file: file, line: row.line, problem: "the row names no image", remedy: "Add it")
        }
        let name = images.fileName(of: written)
        let image = try batch.image(name, split: ownSplit) { (try size(.width, row), try size(.height, row)) }
        let category = field(.category, row)?.string ?? Self.onlyCategory
        for box in try boxes(row) {
            for (place, role) in roles.enumerated() where role == nil && !row.fields[place].isEmpty {
                batch.records.extras.add(header[place], .numberOrText(row.fields[place].string))
            }
            if let score = field(.score, row), !score.isNothing {
                batch.records.extras.add("score", .double(try TableBatch.number(score, "score", file, row.line)))
            }
            let id = field(.id, row)?.string
            batch.records.addObject(
                id: id.flatMap { $0.isEmpty ? nil : Int($0).map(RecordID.integer) ?? .text($0) }, image: image,
                category: batch.records.category(
                    ofFirst: category.isEmpty ? [] : [category], missing: "the field is empty"), box: box)
        }
    }

    /// What the class is called where no column says it.
    static let onlyCategory = "object"

    private func field(_ role: TableColumns.Role, _ row: TableReader.Row) -> TableReader.Field? {
        roles.firstIndex(of: role).map { row.fields[$0] }
    }

    private func size(_ role: TableColumns.Role, _ row: TableReader.Row) throws(AnnotationError) -> Int {
        guard let field = field(role, row), !field.isNothing else { return 0 }
        let value = try TableBatch.number(field, role.rawValue, file, row.line)
        guard let size = Int(exactly: value.rounded()) else {
            throw AnnotationError(
                .schema, file: file, line: row.line,
                problem: "\(role.rawValue) is \(value), which is no size of an image",
                remedy: "Correct it")
        }
        return size
    }

    private static let boxRoles: [TableColumns.Role] = [
        .xmin, .ymin, .xmax, .ymax, .x, .y, .boxwidth, .boxheight, .cx, .cy, .bbox, .corners,
    ]

    /// The boxes of a row: one, or as many as stand in one column; none where nothing stands for it.
    private func boxes(_ row: TableReader.Row) throws -> [Box] {
        guard !Self.boxRoles.compactMap({ field($0, row) }).allSatisfy(\.isNothing) else { return [] }
        func number(_ role: TableColumns.Role) throws -> Double? {
            guard let field = field(role, row) else { return nil }
            return try TableBatch.number(field, role.rawValue, file, row.line)
        }
        if let left = try number(.xmin), let top = try number(.ymin), let right = try number(.xmax),
            let bottom = try number(.ymax)
        {
            return [Box(left: left, top: top, right: right, bottom: bottom)]
        }
        if let field = field(.bbox, row) {
            return try quadruples(field, .bbox, row).map { Box(x: $0[0], y: $0[1], width: $0[2], height: $0[3]) }
        }
        if let field = field(.corners, row) {
            return try quadruples(field, .corners, row).map {
                Box(left: $0[0], top: $0[1], right: $0[2], bottom: $0[3])
            }
        }
        let width = try number(.boxwidth) ?? 0
        let height = try number(.boxheight) ?? 0
        if let cx = try number(.cx), let cy = try number(.cy) {
            return [Box(x: (cx - width / 2).derived, y: (cy - height / 2).derived, width: width, height: height)]
        }
        let x = try number(.x) ?? number(.xmin) ?? 0
        let y = try number(.y) ?? number(.ymin) ?? 0
        return [Box(x: x, y: y, width: width, height: height)]
    }

    /// The numbers of a field, four by four, whatever stands between them: `[1, 2, 3, 4]`, `(1 2 3 4)`.
    private func quadruples(
        _ field: TableReader.Field, _ role: TableColumns.Role, _ row: TableReader.Row
    ) throws(AnnotationError) -> [[Double]] {
        let words = field.string.split { "[](){},; \t\n'\"".contains($0) }
        let numbers = words.compactMap { TextNumber.double(String($0)) }
        guard numbers.count == words.count, numbers.count.isMultiple(of: 4) else {
            throw AnnotationError(
                .schema, file: file, line: row.line,
                problem: "\(role.rawValue) is \"\(field.string.prefix(60))\", not four numbers",
                remedy: role == .bbox
                    ? "Write it as [x, y, width, height]" : "Write it as [xmin, ymin, xmax, ymax]")
        }
        return stride(from: 0, to: numbers.count, by: 4).map { Array(numbers[$0..<$0 + 4]) }
    }
}

extension TableReader.Field {
    /// Whether the field stands for no value, as programs write that.
    var isNothing: Bool { isEmpty || ["nan", "none", "null", "na", "n/a", "[]"].contains(string.lowercased()) }
}
