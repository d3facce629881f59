import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// What becomes of an image and what is in it.
extension CVATReader {
    /// Attributes that say nothing.
    private static let defaults: [(String, String)] = [("occluded", "0"), ("z_order", "0"), ("source", "manual")]

    func add(_ image: OpenImage) {
        for (key, value) in image.others {
            if key == "subset" { batch.extras.add("split", value) } else { batch.extras.add(key, .numberOrText(value)) }
        }
        if !image.tags.isEmpty { addTags(image.tags) }
        batch.addImage(id: image.id, name: image.name, width: image.size[0], height: image.size[1])
        for name in image.unknown { batch.remarkOnImage(.contentLeftOut, name) }
        for shape in image.shapes { add(shape) }
    }

    /// As objects with what the tag has: `label`, `source`, `attributes`.
    private func addTags(_ tags: [XMLElement]) {
        var buffer = ByteBuffer(growingFrom: 64)
        for (place, tag) in tags.enumerated() {
            buffer.append(place == 0 ? "[{" : ",{")
            for (place, attribute) in tag.attributes.enumerated() {
                if place > 0 { buffer.append(",") }
                buffer.appendString(attribute.name)
                buffer.append(":")
                buffer.appendString(attribute.value)
            }
            let attributes = tag.children.filter { $0.name == "attribute" }
            if !attributes.isEmpty {
                buffer.append(tag.attributes.isEmpty ? "\"attributes\":" : ",\"attributes\":")
                Self.append(attributes, to: &buffer)
            }
            buffer.append("}")
        }
        buffer.append("]")
        batch.extras.add("tags", .json(buffer.bytes))
    }

    private static func append(_ attributes: [XMLElement], to buffer: inout ByteBuffer) {
        for (place, attribute) in attributes.enumerated() {
            buffer.append(place == 0 ? "{" : ",")
            buffer.appendString(attribute.attributes.first { $0.name == "name" }?.value ?? "")
            buffer.append(":")
            buffer.appendString(attribute.text)
        }
        buffer.append("}")
    }

    private func add(_ shape: CVATShape) {
        for (key, value) in shape.others where !Self.defaults.contains(where: { $0 == (key, value) }) {
            batch.extras.add(key, .numberOrText(value))
        }
        if !shape.attributes.isEmpty {
            var buffer = ByteBuffer(growingFrom: 64)
            Self.append(shape.attributes, to: &buffer)
            batch.extras.add("attributes", .json(buffer.bytes))
        }
        let category = batch.category(called: shape.label)
        switch shape.geometry {
        case .box(let box): batch.addObject(category: category, box: box)
        case .turned(let turned, let isSwapped):
            batch.addTurned(turned, category: category, hasSwappedCorners: isSwapped)
        case .polygon(let points): batch.addPolygon(points, category: category)
        case .ellipse(let ellipse): batch.addEllipse(ellipse, category: category)
        case .skeleton(let points, let names):
            batch.extras.add("shape", shape.name)
            points.add(to: batch.extras)
            batch.extras.add("keypoint_names", .texts(names))
            if shape.hasAttributesOfPoints {
                batch.remarkOnNextObject(.contentLeftOut, "attributes of a skeleton's points")
            }
            batch.remarkOnNextObject(.boxFromShape, shape.name)
            batch.addObject(category: category, box: points.extent)
        case .other(let extent):
            batch.extras.add("shape", shape.name)
            batch.remarkOnNextObject(.boxFromShape, shape.name)
            batch.addObject(category: category, box: extent)
        }
    }
}
