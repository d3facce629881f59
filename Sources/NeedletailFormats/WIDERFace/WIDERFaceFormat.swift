import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// WIDER FACE: one text file in which the name of an image is followed by how many faces it has, and a row for each: `x y
/// width height blur expression illumination invalid occlusion pose`.
///
/// An image without faces has the number 0 and a row of zeros. All boxes are of the class `face`.
enum WIDERFaceFormat: DatasetCodec {
    static let isFolder = false

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "WIDER FACE", classes: ["face"])
        capabilities.imageSizes = false
        capabilities.annotationFields = Set(attributes)
        return capabilities
    }

    private static let attributes = ["blur", "expression", "illumination", "invalid", "occlusion", "pose"]

    static func begins(_ head: TextHead) -> Bool {
        guard head.lines.count >= 2, ImageFileName.isImage(head.lines[0]), Int(head.lines[1]) != nil else {
            return false
        }
        return head.lines.count == 2 || ImageFileName.isImage(head.lines[2])
            || head.lines[2].split(separator: " ").map(String.init).areNumbers
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let batch = RecordBatch(source: 0)
        let images = LooseImages(path, options)
        func failure(_ line: TextLines.Line?, _ problem: String, _ remedy: Remedy) -> AnnotationError {
            AnnotationError(.schema, file: path, line: line?.number, problem: problem, remedy: remedy)
        }
        var isInImage = false
        // Rows that the image is said to have and that did not come yet; whether the one of zeros may follow.
        var left = 0
        var mayBeEmpty = false
        func take(_ line: TextLines.Line) throws {
            let text = line.string.trimmingSpaces()
            if isInImage {
                isInImage = false
                guard let count = Int(text), count >= 0 else {
                    throw failure(
                        line, "the number of faces is \"\(text.prefix(40))\"", "Write a whole number there")
                }
                (left, mayBeEmpty) = (count, count == 0)
            } else if ImageFileName.isImage(text), left == 0 {
                batch.addImage(name: text, width: 0, height: 0)
                isInImage = true
            } else {
                let values = line.fields.compactMap { TextNumber.double($0) }
                guard values.count >= 4, values.count == line.fields.count else {
                    throw failure(
                        line, "this is neither an image nor a box: \"\(text.prefix(60))\"",
                        "Write rows as x y width height blur expression illumination invalid occlusion pose")
                }
                if mayBeEmpty, values.allSatisfy({ $0 == 0 }) {
                    mayBeEmpty = false
                    return
                }
                guard left > 0 else {
                    throw failure(
                        line, "there are more boxes than the image is said to have", "Correct the number above them"
                    )
                }
                left -= 1
                for (name, value) in zip(attributes, values.dropFirst(4)) where value != 0 {
                    batch.extras.add(name, .double(value))
                }
                batch.addObject(
                    category: batch.category("face"),
                    box: Box(x: values[0], y: values[1], width: values[2], height: values[3]))
            }
        }
        for line in TextLines(try ByteSource.annotations(path)) where !line.fields.isEmpty {
            do { try take(line) } catch let error as AnnotationError where options.isLenient {
                batch.refusals.append(error)
            }
        }
        if left > 0 || isInImage {
            let error = failure(nil, "the file ends before the boxes of its last image", "Copy or download it again")
            guard options.isLenient else { throw error }
            batch.refusals.append(error)
        }
        return images.dataset(batch, format: .widerface)
    }

    static func writtenCategory(_ name: String) -> String { FixedClasses.written(name, in: capabilities) }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        _ = try FixedClasses(dataset, of: capabilities)
        var file = try AtomicFile(path: path)
        file.write { (buffer: inout ByteBuffer) in
            for row in 0..<dataset.images.count {
                let boxes = dataset.annotations(ofImage: row).filter { dataset.writableBox($0) != nil }
                buffer.append(text: "\(dataset.images.fileNames[row])\n\(boxes.count)\n")
                if boxes.isEmpty { buffer.append("0 0 0 0 0 0 0 0 0 0 \n") }
                for annotation in boxes {
                    guard let box = dataset.writableBox(annotation) else { continue }
                    for value in [box.x, box.y, box.width, box.height] {
                        buffer.appendDouble(value)
                        buffer.append(" ")
                    }
                    let fields = dataset.fields(ofAnnotation: annotation)
                    for name in attributes {
                        buffer.appendDouble(fields.double(name) ?? 0)
                        buffer.append(" ")
                    }
                    buffer.append("\n")
                }
            }
        }
        try file.commit()
    }
}
