import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// keras-retinanet's table without header: `path,x1,y1,x2,y2,class`; `path,,,,,` for an image without boxes.
enum RetinaNetFormat: DatasetCodec {
    static let isFolder = false

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "CSV without header (RetinaNet)")
        capabilities.imageSizes = false
        return capabilities
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let source = try ByteSource.annotations(path)
        let images = LooseImages(path, options)
        let batch = TableBatch(source: 0)
        for row in TableReader(source) {
            do {
                try read(row, of: path, into: batch)
            } catch let error as AnnotationError where options.isLenient {
                batch.records.refusals.append(error)
            }
        }
        return images.dataset(batch.records, format: .retinanet)
    }

    private static func read(_ row: TableReader.Row, of file: String, into batch: TableBatch) throws {
        guard row.fields.count == 6 else {
            throw AnnotationError(
                .schema, file: file, line: row.line, problem: "the row has \(row.fields.count) fields instead of 6",
                remedy: "Write it as path,x1,y1,x2,y2,class")
        }
        let name = row.fields[0].string
        let image = batch.image(name) { (0, 0) }
        if row.fields.dropFirst().allSatisfy(\.isEmpty) { return }
        var corners: [Double] = []
        for (place, name) in ["x1", "y1", "x2", "y2"].enumerated() {
            corners.append(try TableBatch.number(row.fields[place + 1], name, file, row.line))
        }
        batch.records.addObject(
            image: image, category: batch.records.category(called: row.fields[5].string),
            box: Box(left: corners[0], top: corners[1], right: corners[2], bottom: corners[3]))
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        var file = try AtomicFile(path: path)
        file.write { (buffer: inout ByteBuffer) in
            for row in 0..<dataset.images.count {
                let boxes = dataset.annotations(ofImage: row).filter { dataset.writableBox($0) != nil }
                if boxes.isEmpty {
                    buffer.appendField(dataset.images.fileNames[row])
                    buffer.append(",,,,,\n")
                }
                for annotation in boxes {
                    buffer.appendField(dataset.images.fileNames[row])
                    buffer.append(",")
                    buffer.appendCorners(dataset.annotations.boxes[annotation])
                    buffer.append(",")
                    buffer.appendField(dataset.categories[Int(dataset.annotations.categories[annotation])].name)
                    buffer.append("\n")
                }
            }
        }
        try file.commit()
    }
}
