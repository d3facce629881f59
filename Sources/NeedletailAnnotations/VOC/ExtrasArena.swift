/// The fields of VOC objects that have no column, as JSON objects, equal ones once.
struct ExtrasArena {
    private(set) var bytes: [UInt8] = []
    private var offsets: [String: Int] = [:]

    /// Where the object's `truncated`, `occluded` and `pose` stand; none when it has none of them.
    mutating func origin(of object: VOCDocument.Object) -> RecordOrigin {
        var members: [String] = []
        if let truncated = object.truncated { members.append("\"truncated\":\(Self.number(truncated))") }
        if let occluded = object.occluded { members.append("\"occluded\":\(Self.number(occluded))") }
        if let pose = object.pose { members.append("\"pose\":\(Self.quoted(pose))") }
        guard !members.isEmpty else { return .none }
        let text = "{\(members.joined(separator: ","))}"
        if let offset = offsets[text] { return RecordOrigin(source: 0, offset: offset) }
        let offset = append(text)
        offsets[text] = offset
        return RecordOrigin(source: 0, offset: offset)
    }

    mutating func appendInfo(origin: VOCOrigin) -> (key: Range<Int>, value: Range<Int>) {
        let key = append("info")
        let value = append("{\"converted_from\":\"Pascal VOC\",\"voc_origin\":\"\(origin.rawValue)\"}")
        return (key..<value, value..<bytes.count)
    }

    private mutating func append(_ text: String) -> Int {
        let offset = bytes.count
        bytes.append(contentsOf: text.utf8)
        return offset
    }

    /// A flag as the number it is, or as text when it is something else.
    private static func number(_ text: String) -> String {
        Int(text).map(String.init) ?? quoted(text)
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\0"..<" ": quoted += "\\u00" + (scalar.value < 16 ? "0" : "1") + String(scalar.value & 15, radix: 16)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
