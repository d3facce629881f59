import NeedletailDatasets
import NeedletailGeometry
import NeedletailText

/// Reads the rows of a table whose columns are known.
struct CSVRowReader {
    let file: String
    private let header: [String]
    private let roles: [TableColumns.Role?]
    private let images: LooseImages
    private let boxColumns: BoxColumns
    /// The places of columns, looked up once; ``others`` have no role.
    private let image, split, category, score, id, width, height: Int?
    private let others: [Int]
    /// The image of the row before, which is mostly that of the next one, too.
    private var last: (name: TableReader.Field, image: Int)?

    init(file: String, header: [String], roles: [TableColumns.Role?], images: LooseImages) {
        (self.file, self.header, self.roles, self.images) = (file, header, roles, images)
        boxColumns = BoxColumns(roles)
        func place(_ role: TableColumns.Role) -> Int? { roles.firstIndex(of: role) }
        (image, split, category) = (place(.image), place(.split), place(.category))
        (score, id, width, height) = (place(.score), place(.id), place(.width), place(.height))
        others = roles.indices.filter { roles[$0] == nil }
    }

    /// - Parameter row: In memory that lives as long as the reader.
    /// - Throws: ``AnnotationError`` with the line of a row that is no good.
    mutating func read(_ row: TableReader.Row, split wanted: String?, into batch: TableBatch) throws {
        guard row.fields.count >= roles.count else {
            throw AnnotationError(
                .schema, file: file, line: row.line,
                problem: "the row has \(row.fields.count) fields and the header \(roles.count)",
                remedy: "Complete the row or remove it")
        }
        let ownSplit = field(split, row)?.string
        if let wanted, let ownSplit, ownSplit != wanted { return }
        guard let name = field(image, row), !name.isEmpty else {
            throw AnnotationError(
                .schema, file: file, line: row.line, problem: "the row names no image", remedy: "Add it")
        }
        let image: Int
        if let last, last.name.isWritten(as: name) {
            image = last.image
        } else {
            image = try batch.image(name.string, split: ownSplit, fileName: images.fileName) {
                (try size(width, row), try size(height, row))
            }
            last = (name, image)
        }
        // An image may stand there without a box.
        if boxColumns.places.allSatisfy({ row.fields[$0].isNothing }) { return }
        switch boxColumns {
        case .list(let place, let role):
            for numbers in try quadruples(row.fields[place], role, row) {
                try add(role == .bbox ? Self.box(origin: numbers) : Self.box(corners: numbers), row, image, to: batch)
            }
        case .predictions(let place):
            for found in try PredictionString(row.fields[place].string, file: file, line: row.line).boxes {
                batch.records.extras.add("score", .double(found.score))
                batch.records.addObject(
                    image: image, category: batch.records.category(found.category ?? Self.onlyCategory), box: found.box)
            }
        case .corners(let places): try add(Self.box(corners: try numbers(places, row)), row, image, to: batch)
        case .origin(let places): try add(Self.box(origin: try numbers(places, row)), row, image, to: batch)
        case .center(let places):
            let numbers = try numbers(places, row)
            let (width, height) = (numbers[2], numbers[3])
            let box = Box(
                x: (numbers[0] - width / 2).derived, y: (numbers[1] - height / 2).derived, width: width, height: height)
            try add(box, row, image, to: batch)
        }
    }

    private static func box(corners: SIMD4<Double>) -> Box {
        Box(left: corners[0], top: corners[1], right: corners[2], bottom: corners[3])
    }

    private static func box(origin: SIMD4<Double>) -> Box {
        Box(x: origin[0], y: origin[1], width: origin[2], height: origin[3])
    }

    private func add(_ box: Box, _ row: TableReader.Row, _ image: Int, to batch: TableBatch) throws {
        for place in others where !row.fields[place].isEmpty {
            batch.records.extras.add(header[place], .numberOrText(row.fields[place].string))
        }
        if let score = field(score, row), !score.isNothing {
            batch.records.extras.add("score", .double(try TableBatch.number(score, "score", file, row.line)))
        }
        let id = field(id, row)?.string
        let category = field(category, row)?.string ?? Self.onlyCategory
        batch.records.addObject(
            id: id.flatMap { $0.isEmpty ? nil : Int($0).map(RecordID.integer) ?? .text($0) }, image: image,
            category: category.isEmpty
                ? batch.records.category(ofFirst: [], missing: "the field is empty") : batch.records.category(category),
            box: box)
    }

    /// What the class is called where no column says it.
    static let onlyCategory = "object"

    private func field(_ place: Int?, _ row: TableReader.Row) -> TableReader.Field? {
        place.map { row.fields[$0] }
    }

    private func size(_ place: Int?, _ row: TableReader.Row) throws(AnnotationError) -> Int {
        guard let place, !row.fields[place].isNothing else { return 0 }
        let value = try number(place, row)
        guard let size = Int(exactly: value.rounded()) else {
            throw AnnotationError(
                .schema, file: file, line: row.line,
                problem: "\(name(place)) is \(value), which is no size of an image",
                remedy: "Correct it")
        }
        return size
    }

    private func numbers(_ places: [Int], _ row: TableReader.Row) throws(AnnotationError) -> SIMD4<Double> {
        var numbers = SIMD4<Double>.zero
        for (index, place) in places.enumerated() {
            numbers[index] = try number(place, row)
        }
        return numbers
    }

    private func number(_ place: Int, _ row: TableReader.Row) throws(AnnotationError) -> Double {
        if let value = row.fields[place].double { return value }
        return try TableBatch.number(row.fields[place], name(place), file, row.line)
    }

    private func name(_ place: Int) -> String { roles[place]?.rawValue ?? "" }

    /// The numbers of a field, four by four, whatever stands between them: `[1, 2, 3, 4]`, `(1 2 3 4)`.
    private func quadruples(
        _ field: TableReader.Field, _ role: TableColumns.Role, _ row: TableReader.Row
    ) throws(AnnotationError) -> [SIMD4<Double>] {
        let text = field.string
        if text.contains("{") { return try dictionaries(text, role, row) }
        let words = text.split { "[](),; \t\n'\"".contains($0) }
        let numbers = words.compactMap { TextNumber.double(String($0)) }
        guard numbers.count == words.count, numbers.count.isMultiple(of: 4) else {
            throw AnnotationError(
                .schema, file: file, line: row.line,
                problem: "\(role.rawValue) is \"\(field.string.prefix(60))\", not four numbers",
                remedy: role == .bbox
                    ? "Write it as [x, y, width, height]" : "Write it as [xmin, ymin, xmax, ymax]")
        }
        return stride(from: 0, to: numbers.count, by: 4).map { SIMD4(numbers[$0..<$0 + 4]) }
    }

    private static let keys: [TableColumns.Role: [Set<String>]] = [
        .bbox: [["x", "left", "xmin"], ["y", "top", "ymin"], ["width", "w"], ["height", "h"]],
        .corners: [
            ["xmin", "x1", "left"], ["ymin", "y1", "top"], ["xmax", "x2", "right"], ["ymax", "y2", "bottom"],
        ],
    ]

    /// The numbers of dictionaries: `[{'x': 559, 'y': 213, 'width': 50, 'height': 32}]`.
    private func dictionaries(
        _ text: String, _ role: TableColumns.Role, _ row: TableReader.Row
    ) throws(AnnotationError) -> [SIMD4<Double>] {
        var boxes: [SIMD4<Double>] = []
        for part in text.split(separator: "}") where part.contains("{") {
            let words = part.split { "[](){},;: \t\n'\"".contains($0) }.map(String.init)
            var values: [String: Double] = [:]
            for place in stride(from: 0, to: words.count - 1, by: 2) {
                values[words[place].lowercased()] = TextNumber.double(words[place + 1])
            }
            let box = (Self.keys[role] ?? []).compactMap { names in names.lazy.compactMap { values[$0] }.first }
            guard box.count == 4 else {
                throw AnnotationError(
                    .schema, file: file, line: row.line,
                    problem: "\(role.rawValue) is \"\(part.prefix(60))}\", which does not say x, y, width and height",
                    remedy: "Write it as {'x': 559, 'y': 213, 'width': 50, 'height': 32}")
            }
            boxes.append(SIMD4(box))
        }
        return boxes
    }
}

/// Where the numbers of a box stand in a row.
private enum BoxColumns {
    /// Left, top, right, bottom.
    case corners([Int])
    /// x, y, width, height.
    case origin([Int])
    case center([Int])
    /// All in one, as the role has them.
    case list(Int, TableColumns.Role)
    /// All of an image, with their scores.
    case predictions(Int)

    init(_ roles: [TableColumns.Role?]) {
        func places(_ wanted: TableColumns.Role...) -> [Int]? {
            let places = wanted.compactMap { roles.firstIndex(of: $0) }
            return places.count == wanted.count ? places : nil
        }
        if let corners = places(.xmin, .ymin, .xmax, .ymax) {
            self = .corners(corners)
        } else if let list = roles.firstIndex(of: .bbox) {
            self = .list(list, .bbox)
        } else if let list = roles.firstIndex(of: .corners) {
            self = .list(list, .corners)
        } else if let predictions = roles.firstIndex(of: .predictions) {
            self = .predictions(predictions)
        } else if let center = places(.cx, .cy, .boxwidth, .boxheight) {
            self = .center(center)
        } else {
            self = .origin(
                places(.x, .y, .boxwidth, .boxheight) ?? places(.xmin, .ymin, .boxwidth, .boxheight) ?? [])
        }
    }

    var places: [Int] {
        switch self {
        case .corners(let places), .origin(let places), .center(let places): places
        case .list(let place, _), .predictions(let place): [place]
        }
    }
}

extension TableReader.Field {
    /// Whether the field stands for no value, as programs write that.
    var isNothing: Bool {
        // Of a number nothing more has to be looked at.
        if let first = bytes.first, (0x30...0x39).contains(first) { return false }
        guard content.count <= 4 else { return isEmpty }
        return isEmpty || ["nan", "none", "null", "na", "n/a", "[]"].contains(string.lowercased())
    }
}
