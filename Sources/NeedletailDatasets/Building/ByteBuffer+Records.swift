import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Identifiers and boxes as JSON.
extension ByteBuffer {
    package mutating func appendID(_ id: RecordID) {
        switch id {
        case .integer(let value): appendInteger(value)
        case .text(let text): appendString(text)
        case .number(let text): append(text: text)
        }
    }

    package mutating func appendBox(_ box: Box) {
        append("[")
        appendDouble(box.x)
        append(",")
        appendDouble(box.y)
        append(",")
        appendDouble(box.width)
        append(",")
        appendDouble(box.height)
        append("]")
    }
}
