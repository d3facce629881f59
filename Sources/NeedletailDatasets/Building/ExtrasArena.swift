import NeedletailGeometry
import NeedletailSystem

/// The fields of records that have no column, as JSON objects; equal small ones once.
///
/// Members of a record are added one after the other and closed by ``finish()``.
package final class ExtrasArena {
    /// A value of a member.
    package enum Value {
        case text(String)
        case integer(Int)
        case double(Double)
        case flag(Bool)
        /// A number as it is written, or a text when that is no number.
        case numberOrText(String)
        /// JSON text.
        case json(UnsafeBufferPointer<UInt8>)
        /// `[x,y,width,height]`.
        case box(Box)
        case doubles([Double])
        case texts([String])
        /// As COCO's segmentation has them: `[[x, y, ...]]`.
        case polygons([[Double]])
    }

    package private(set) var buffer = ByteBuffer(growingFrom: 1 << 10)
    private var start = 0
    private var offsets: [String: Int] = [:]
    private let source: Int

    /// - Parameter source: The place that the arena will have in the dataset's list of sources.
    package init(source: Int) {
        self.source = source
    }

    package func add(_ key: String, _ value: Value) {
        buffer.append(buffer.count == start ? UInt8(ascii: "{") : UInt8(ascii: ","))
        buffer.appendString(key)
        buffer.append(UInt8(ascii: ":"))
        switch value {
        case .text(let text): buffer.appendString(text)
        case .integer(let integer): buffer.appendInteger(integer)
        case .double(let double): buffer.appendDouble(double)
        case .flag(let flag): buffer.append(text: flag ? "true" : "false")
        case .numberOrText(let text): buffer.appendNumberOrString(text)
        case .json(let text): buffer.append(text)
        case .box(let box): buffer.appendBox(box)
        case .doubles(let numbers): appendList(numbers)
        case .texts(let texts):
            buffer.append("[")
            for (place, text) in texts.enumerated() {
                if place > 0 { buffer.append(",") }
                buffer.appendString(text)
            }
            buffer.append("]")
        case .polygons(let polygons):
            buffer.append("[")
            for (place, points) in polygons.enumerated() {
                if place > 0 { buffer.append(",") }
                appendList(points)
            }
            buffer.append("]")
        }
    }

    private func appendList(_ numbers: [Double]) {
        buffer.append("[")
        for (place, number) in numbers.enumerated() {
            if place > 0 { buffer.append(",") }
            buffer.appendDouble(number)
        }
        buffer.append("]")
    }

    package func add(_ key: String, _ text: String?) {
        if let text { add(key, .text(text)) }
    }

    /// Closes the record and tells where it stands; none when it has no members.
    package func finish() -> RecordOrigin {
        guard buffer.count > start else { return .none }
        buffer.append(UInt8(ascii: "}"))
        defer { start = buffer.count }
        let origin = RecordOrigin(source: source, offset: start)
        guard buffer.count - start <= 80, offsets.count < 1 << 12 else { return origin }
        let text = String(decoding: buffer.bytes[start...], as: UTF8.self)
        if let offset = offsets[text] {
            buffer.truncate(to: start)
            return RecordOrigin(source: source, offset: offset)
        }
        offsets[text] = start
        return origin
    }

    /// Forgets the members of the record in progress.
    package func discard() { buffer.truncate(to: start) }

    /// A member of the outermost object, as the layout of a dataset has it.
    package func member(_ key: String, object: [(String, String)]) -> TopLevelMember {
        buffer.append(text: key)
        let keyRange = start..<buffer.count
        start = buffer.count
        for (key, value) in object { add(key, value) }
        buffer.append(UInt8(ascii: "}"))
        defer { start = buffer.count }
        return .other(source: source, key: keyRange, value: start..<buffer.count)
    }
}
