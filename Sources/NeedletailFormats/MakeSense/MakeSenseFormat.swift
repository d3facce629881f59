import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// MakeSense's table without header: `class,x,y,width,height,image,image width,image height`.
///
/// An image without boxes, which MakeSense leaves out, is written as a row of its name and size alone.
enum MakeSenseFormat: DatasetCodec {
    static let isFolder = false

    static var capabilities: FormatCapabilities { FormatCapabilities(title: "MakeSense CSV") }

    static func begins(_ head: TextHead) -> Bool {
        let fields = head.fields(at: ",")
        return fields.count == 8 && ImageFileName.isImage(fields[5])
            && (fields[1...4].map(\.self).areNumbers || fields[1...4].allSatisfy(\.isEmpty))
            && (fields[6...7].map(\.self).areNumbers || fields[6...7].allSatisfy(\.isEmpty))
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let source = try ByteSource.annotations(path)
        let images = LooseImages(path, options)
        let batch = TableBatch(source: 0)
        for row in TableReader(source) {
            do { try read(row, of: path, into: batch) } catch let error as AnnotationError where options.isLenient {
                batch.records.refusals.append(error)
            }
        }
        return images.dataset(batch.records, format: .makesense)
    }

    private static func read(_ row: TableReader.Row, of file: String, into batch: TableBatch) throws {
        guard row.fields.count == 8, !row.fields[5].isEmpty else {
            throw AnnotationError(
                .schema, file: file, line: row.line,
                problem: row.fields.count == 8
                    ? "the row names no image" : "the row has \(row.fields.count) fields instead of 8",
                remedy: "Write it as class,x,y,width,height,image,image width,image height")
        }
        func number(_ place: Int, _ name: String) throws -> Double {
            try TableBatch.number(row.fields[place], name, file, row.line)
        }
        func size(_ place: Int, _ name: String) throws -> Int {
            if row.fields[place].isEmpty { return 0 }
            let value = try number(place, name)
            if let size = Int(exactly: value.rounded()) { return size }
            throw AnnotationError(
                .schema, file: file, line: row.line, problem: "\(name) is \(value), which is no size of an image",
                remedy: "Correct it")
        }
        let image = try batch.image(row.fields[5].string) { try (size(6, "image width"), size(7, "image height")) }
        if row.fields[1...4].allSatisfy(\.isEmpty) { return }
        let box = Box(
            x: try number(1, "x"), y: try number(2, "y"), width: try number(3, "width"), height: try number(4, "height")
        )
        batch.records.addObject(image: image, category: batch.records.category(called: row.fields[0].string), box: box)
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        var file = try AtomicFile(path: path)
        file.write { (buffer: inout ByteBuffer) in
            for row in 0..<dataset.images.count {
                let boxes = dataset.annotations(ofImage: row).filter { dataset.writableBox($0) != nil }
                if boxes.isEmpty {
                    buffer.append(",,,,,")
                    appendImage(row, of: dataset, to: &buffer)
                }
                for annotation in boxes {
                    guard let box = dataset.writableBox(annotation) else { continue }
                    buffer.appendField(dataset.categories[Int(dataset.annotations.categories[annotation])].name)
                    for value in [box.x, box.y, box.width, box.height] {
                        buffer.append(",")
                        buffer.appendDouble(value)
                    }
                    buffer.append(",")
                    appendImage(row, of: dataset, to: &buffer)
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
        buffer.append("\n")
    }
}
