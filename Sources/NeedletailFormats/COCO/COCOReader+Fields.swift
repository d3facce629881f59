import NeedletailDatasets
import NeedletailGeometry
import NeedletailText

/// Fields of annotations that are looked into but have no column, and numbers in every form.
extension COCOReader {
    /// The file is one of panoptic segments, which another reader takes.
    struct HoldsSegments: Error {}

    /// Looks for the number `rotation` that CVAT puts beside a box as it was before it was turned.
    mutating func readAttributes(ofRecordAt start: Int) throws {
        guard try json.peek() == .object else {
            try json.skipValue()
            return
        }
        try json.beginObject()
        while let key = try json.nextKey() {
            guard key.equals("rotation"), try json.peek() == .number else {
                try json.skipValue()
                continue
            }
            let degrees = try json.readDouble()
            if degrees != 0, degrees.isFinite { rotations[start] = degrees }
        }
    }

    /// What to say of an annotation without a category, as other files of the same images have them.
    func withoutCategory(at start: Int) -> any Error {
        var keys: Set<String> = []
        var json = JSONReader(source.bytes, at: start)
        json.acceptsNonFinite = true
        do {
            try json.beginObject()
            while let key = try json.nextKey() {
                keys.insert(key.string)
                try json.skipValue()
            }
        } catch {}
        if keys.contains("segments_info") { return HoldsSegments() }
        guard keys.contains("caption") else { return missing("category_id", at: start) }
        return RecordProblem(
            offset: start, problem: "the annotations of this file are captions, without a category and a box",
            remedy: "Give the file of the objects in the same images, as instances_val2017.json")
    }
}

extension JSONReader {
    /// A size in whole pixels, 0 for `null`; also one that is written as a text.
    mutating func readSize(_ isText: inout Bool) throws(JSONError) -> Int {
        guard try peek() == .string else { return try readOptionalInteger() ?? 0 }
        let start = self
        guard let size = Int(exactly: try readNumberOrText(&isText)) else {
            throw start.wrongType("a whole number", .string)
        }
        return size
    }

    /// A number or a text that writes one; nil for `null`.
    mutating func readOptionalNumber(_ isText: inout Bool) throws(JSONError) -> Double? {
        if let value = readPlainDouble() { return value }
        return try readNull() ? nil : try readNumberOrText(&isText)
    }

    /// 0 or 1, also as a text.
    mutating func readFlag(_ isText: inout Bool) throws(JSONError) -> Bool? {
        try peek() == .string ? try readNumberOrText(&isText) != 0 : try readFlag()
    }

    /// A flag where the format defines none: anything but a number or a truth value is passed over as false.
    mutating func readLenientFlag() throws(JSONError) -> Bool {
        switch try peek() {
        case .bool, .number: return try readFlag() ?? false
        default:
            try skipValue()
            return false
        }
    }
}
