import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// A table with a header, a box a row; by default TensorFlow's columns.
///
/// An image without boxes is a row with its name and size alone. A table without a column of classes is of the one class
/// `object`.
enum CSVFormat: DatasetCodec {
    static let isFolder = false

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "CSV with header (TensorFlow)")
        capabilities.scores = true
        return capabilities
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let source = try ByteSource.annotations(path)
        var table = TableReader(source)
        guard let header = table.next()?.fields.map(\.string) else {
            throw AnnotationError(
                .schema, file: path, problem: "the table is empty", remedy: "Give a table with a header")
        }
        let roles = try options.columns.roles(of: header, file: path)
        let images = LooseImages(path, options)
        var reader = CSVRowReader(file: path, header: header, roles: roles, images: images)
        let batch = TableBatch(source: 0)
        var row = TableReader.Row()
        while table.next(into: &row) {
            do {
                try reader.read(row, split: options.split, into: batch)
            } catch let error as AnnotationError where options.isLenient {
                batch.records.refusals.append(error)
            }
        }
        var dataset = images.dataset(batch.records, format: .csv)
        let isOfOne = dataset.categories.map(\.name) == [CSVRowReader.onlyCategory] || !roles.contains(.predictions)
        if !roles.contains(.category), isOfOne {
            dataset.remarks.append(
                ReadingRemark(
                    .assumedCategory, file: path, record: "header",
                    detail: "\(header.joined(separator: ",")); the class is called \(CSVRowReader.onlyCategory)"))
        }
        return dataset
    }

    /// Whether the columns of a table tell what they are.
    static func isUnderstood(_ path: String) -> Bool { roles(path) != nil }

    /// Whether one of them is the class.
    static func namesClasses(_ path: String) -> Bool {
        roles(path)?.contains { $0 == .category || $0 == .predictions } ?? false
    }

    private static func roles(_ path: String) -> [TableColumns.Role?]? {
        guard let source = try? ByteSource.annotations(path, as: .json) else { return nil }
        var table = TableReader(source)
        guard let header = table.next()?.fields.map(\.string) else { return nil }
        return try? TableColumns().roles(of: header, file: path)
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        let hasScores = dataset.holdsScores
        var file = try AtomicFile(path: path)
        file.write { (buffer: inout ByteBuffer) in
            buffer.append("filename,width,height,class,xmin,ymin,xmax,ymax")
            buffer.append(hasScores ? ",score\n" : "\n")
            for row in 0..<dataset.images.count {
                let boxes = dataset.annotations(ofImage: row).filter { dataset.writableBox($0) != nil }
                if boxes.isEmpty {
                    appendImage(row, of: dataset, to: &buffer)
                    buffer.append(hasScores ? ",,,,,,\n" : ",,,,,\n")
                }
                for annotation in boxes {
                    appendImage(row, of: dataset, to: &buffer)
                    buffer.append(",")
                    buffer.appendField(dataset.categories[Int(dataset.annotations.categories[annotation])].name)
                    buffer.append(",")
                    buffer.appendCorners(dataset.annotations.boxes[annotation])
                    if hasScores {
                        buffer.append(",")
                        buffer.appendDouble(dataset.fields(ofAnnotation: annotation).double("score") ?? 1)
                    }
                    buffer.append("\n")
                }
            }
        }
        try file.commit()
    }

    private static func appendImage(_ row: Int, of dataset: Dataset, to buffer: inout ByteBuffer) {
        let image = dataset.images[row]
        buffer.appendField(image.fileName)
        buffer.append(",")
        if image.width > 0 { buffer.appendInteger(image.width) }
        buffer.append(",")
        if image.height > 0 { buffer.appendInteger(image.height) }
    }
}

extension ByteBuffer {
    /// `xmin,ymin,xmax,ymax`.
    mutating func appendCorners(_ box: Box) {
        let box = box.isReversed ? box.inOrder : box
        let (x2, y2) = box.farCorner
        for (place, value) in [box.x, box.y, x2, y2].enumerated() {
            if place > 0 { append(",") }
            appendDouble(value)
        }
    }
}
