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
        guard let name = field(.image, row)?.string, !name.isEmpty else {
            throw AnnotationError(
                .schema, file: file, line: row.line, problem: "the row names no image", remedy: "Add it")
        }
        let image = try batch.image(name, split: ownSplit) {
            let width = try size(.width, row)
            let height = try size(.height, row)
            return width > 0 && height > 0 ? (width, height) : images.size(of: name)
        }
        guard let category = field(.category, row)?.string, !category.isEmpty else { return }
        let box = try box(row)
        for (place, role) in roles.enumerated() where role == nil && !row.fields[place].isEmpty {
            batch.records.extras.add(header[place], .numberOrText(row.fields[place].string))
        }
        if let score = field(.score, row), !score.isEmpty {
            batch.records.extras.add(
                "score", .double(try TableBatch.number(score, "score", file, row.line)))
        }
        let id = field(.id, row)?.string
        batch.records.addObject(
            id: id.flatMap { $0.isEmpty ? nil : Int($0).map(RecordID.integer) ?? .text($0) }, image: image,
            category: batch.records.category(category), box: box)
    }

    private func field(_ role: TableColumns.Role, _ row: TableReader.Row) -> TableReader.Field? {
        roles.firstIndex(of: role).map { row.fields[$0] }
    }

    private func size(_ role: TableColumns.Role, _ row: TableReader.Row) throws(AnnotationError) -> Int {
        guard let field = field(role, row), !field.isEmpty else { return 0 }
        return Int(try TableBatch.number(field, role.rawValue, file, row.line).rounded())
    }

    private func box(_ row: TableReader.Row) throws -> Box {
        func number(_ role: TableColumns.Role) throws -> Double? {
            guard let field = field(role, row) else { return nil }
            return try TableBatch.number(field, role.rawValue, file, row.line)
        }
        if let left = try number(.xmin), let top = try number(.ymin), let right = try number(.xmax),
            let bottom = try number(.ymax)
        {
            return Box(left: left, top: top, right: right, bottom: bottom)
        }
        let width = try number(.boxwidth) ?? 0
        let height = try number(.boxheight) ?? 0
        if let cx = try number(.cx), let cy = try number(.cy) {
            return Box(x: (cx - width / 2).derived, y: (cy - height / 2).derived, width: width, height: height)
        }
        let x = try number(.x) ?? number(.xmin) ?? 0
        let y = try number(.y) ?? number(.ymin) ?? 0
        return Box(x: x, y: y, width: width, height: height)
    }
}
