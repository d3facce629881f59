import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem

/// WIDER FACE: one text file in which the name of an image is followed by how many faces it has, and a row for each: `x y
/// width height blur expression illumination invalid occlusion pose`.
///
/// An image without faces has the number 0 and a row of zeros. All boxes are of the class `face`. What other programs make of
/// the format is read as well, see ``WIDERFaceReader``.
enum WIDERFaceFormat: DatasetCodec {
    static let isFolder = false

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "WIDER FACE", classes: ["face"])
        capabilities.imageSizes = false
        capabilities.annotationFields = Set(attributes)
        return capabilities
    }

    static let attributes = ["blur", "expression", "illumination", "invalid", "occlusion", "pose"]

    static func begins(_ head: TextHead) -> Bool {
        let lines = WIDERFaceReader.isCount(head.lines.first ?? "") ? head.lines.dropFirst() : head.lines[...]
        guard let name = lines.first, ImageFileName.isImage(name), let count = lines.dropFirst().first,
            WIDERFaceReader.isCount(count)
        else { return false }
        guard let next = lines.dropFirst(2).first else { return true }
        let fields = next.split(separator: " ").map(String.init)
        return ImageFileName.isImage(next) || fields.count >= 4 && fields.prefix(4).areNumbers
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let images = LooseImages(path, options)
        var reader = WIDERFaceReader(path: path, isLenient: options.isLenient)
        try reader.read()
        return images.dataset(reader.batch, format: .widerface)
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
