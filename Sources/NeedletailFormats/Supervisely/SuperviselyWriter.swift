import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem

/// Writes the file of one image of a Supervisely project.
struct SuperviselyWriter {
    let dataset: Dataset

    func appendDocument(_ row: Int, to buffer: inout ByteBuffer) {
        let image = dataset.images[row]
        buffer.append("{\"description\":\"\",\"tags\":")
        buffer.append(tags(dataset.fields(ofImage: row)), otherwise: "[]")
        buffer.append(",\"size\":{")
        if image.hasSize {
            buffer.append("\"height\":")
            buffer.appendInteger(image.height)
            buffer.append(",\"width\":")
            buffer.appendInteger(image.width)
        }
        buffer.append("},\"objects\":[")
        var isFirst = true
        for annotation in dataset.annotations(ofImage: row) {
            guard let box = dataset.writableBox(annotation) else { continue }
            buffer.append(isFirst ? "\n" : ",\n")
            isFirst = false
            append(annotation, box, to: &buffer)
        }
        buffer.append("]}\n")
    }

    /// Supervisely's own are lists; what CVAT calls so is another thing.
    private func tags(_ fields: RecordFields) -> UnsafeBufferPointer<UInt8>? {
        fields["tags"].flatMap { $0.value.first == UInt8(ascii: "[") ? $0.value : nil }
    }

    private func append(_ row: Int, _ box: Box, to buffer: inout ByteBuffer) {
        let fields = dataset.fields(ofAnnotation: row)
        let category = Int(dataset.annotations.categories[row])
        let polygons = fields.polygons
        let polygon = polygons.count == 1 && polygons == fields.usablePolygons ? polygons[0] : nil
        buffer.append("{\"id\":")
        buffer.appendInteger(row + 1)
        buffer.append(",\"classId\":")
        buffer.appendInteger(category + 1)
        buffer.append(",\"description\":\"\",\"geometryType\":")
        buffer.append(polygon == nil ? "\"rectangle\"" : "\"polygon\"")
        buffer.append(",\"tags\":")
        buffer.append(tags(fields), otherwise: "[]")
        buffer.append(",\"classTitle\":")
        buffer.appendString(dataset.categories[category].name)
        buffer.append(",\"points\":{\"exterior\":")
        let (x2, y2) = box.farCorner
        buffer.appendPoints(polygon ?? [box.x, box.y, x2, y2])
        buffer.append(",\"interior\":[]}}")
    }
}
