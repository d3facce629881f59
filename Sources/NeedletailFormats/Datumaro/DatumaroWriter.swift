import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem

/// Writes the file of one subset of a Datumaro dataset.
struct DatumaroWriter {
    let dataset: Dataset

    /// - Parameter names: Of all images, relative to the folder of their subset.
    func write(_ rows: [Int], _ names: [String], to path: String) throws {
        var file = try AtomicFile(path: path)
        file.write { (buffer: inout ByteBuffer) in
            buffer.append(
                "{\"dm_format_version\":\"1.0\",\"media_type\":2,\"infos\":{},\"categories\":{\"label\":{\"labels\":[")
            for (place, category) in dataset.categories.enumerated() {
                buffer.append(place == 0 ? "\n{\"name\":" : ",\n{\"name\":")
                buffer.appendString(category.name)
                buffer.append(",\"parent\":")
                buffer.appendString(category.supercategory ?? "")
                buffer.append(",\"attributes\":[]}")
            }
            buffer.append("],\"label_groups\":[],\"attributes\":[]}},\n\"items\":[")
            for (place, row) in rows.enumerated() {
                buffer.append(place == 0 ? "\n" : ",\n")
                append(row, name: names[row], to: &buffer)
            }
            buffer.append("\n]}\n")
        }
        try file.commit()
    }

    private func append(_ row: Int, name: String, to buffer: inout ByteBuffer) {
        let image = dataset.images[row]
        buffer.append("{\"id\":")
        buffer.appendString(FilePath.stem(of: name))
        buffer.append(",\"annotations\":[")
        var (number, group) = (0, 0)
        for annotation in dataset.annotations(ofImage: row) {
            guard let box = dataset.writableBox(annotation) else { continue }
            let fields = dataset.fields(ofAnnotation: annotation)
            group += 1
            let polygons = fields.polygons
            if !polygons.isEmpty, polygons == fields.usablePolygons {
                // The parts of one object are of one group.
                for polygon in polygons {
                    append("polygon", of: annotation, fields, number: &number, group, to: &buffer)
                    buffer.append("\"points\":[")
                    for (place, value) in polygon.enumerated() {
                        if place > 0 { buffer.append(",") }
                        buffer.appendDouble(value)
                    }
                    buffer.append("]}")
                }
            } else {
                let mask = fields.runLengths
                if let mask {
                    append("mask", of: annotation, fields, number: &number, group, to: &buffer)
                    buffer.append("\"rle\":{\"counts\":")
                    buffer.appendString(mask.text)
                    buffer.append(",\"size\":[")
                    buffer.appendInteger(mask.height)
                    buffer.append(",")
                    buffer.appendInteger(mask.width)
                    buffer.append("]}}")
                }
                // A mask has no box of its own; one that is another, as those of COCO's crowds are, stands in its group.
                if mask?.extent != box {
                    append("bbox", of: annotation, fields, number: &number, group, to: &buffer)
                    buffer.append("\"bbox\":")
                    buffer.appendBox(box)
                    buffer.append("}")
                }
            }
        }
        buffer.append("],\"attr\":{},\"image\":{\"path\":")
        buffer.appendString(name)
        if image.hasSize {
            buffer.append(",\"size\":[")
            buffer.appendInteger(image.height)
            buffer.append(",")
            buffer.appendInteger(image.width)
            buffer.append("]")
        }
        buffer.append("}}")
    }

    /// What all annotations have, up to where they are.
    private func append(
        _ kind: StaticString, of annotation: Int, _ fields: RecordFields, number: inout Int, _ group: Int,
        to buffer: inout ByteBuffer
    ) {
        buffer.append(number == 0 ? "\n {\"id\":" : ",\n {\"id\":")
        buffer.appendInteger(number)
        number += 1
        buffer.append(",\"type\":\"")
        buffer.append(kind)
        buffer.append("\",\"attributes\":")
        appendAttributes(fields, isCrowd: dataset.annotations[annotation].isCrowd, to: &buffer)
        buffer.append(",\"group\":")
        buffer.appendInteger(group)
        buffer.append(",\"label_id\":")
        buffer.appendInteger(Int(dataset.annotations.categories[annotation]))
        buffer.append(",\"z_order\":0,")
    }

    private func appendAttributes(_ fields: RecordFields, isCrowd: Bool, to buffer: inout ByteBuffer) {
        guard isCrowd else { return buffer.append(fields["attributes"]?.value, otherwise: "{}") }
        buffer.append("{\"is_crowd\":true")
        if let own = fields["attributes"]?.value, own.first == UInt8(ascii: "{"), own.count > 2 {
            buffer.append(",")
            buffer.append(UnsafeBufferPointer(rebasing: own.dropFirst()))
        } else {
            buffer.append("}")
        }
    }
}
