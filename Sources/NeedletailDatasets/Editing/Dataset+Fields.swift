import NeedletailText

extension Dataset {
    /// A field of an image that has no column, as text: `video_id`, `date_captured` ...
    ///
    /// - Returns: The text, number or truth value as it is written; nil when the record has no such field, or the
    ///   field is null, a list or an object.
    public func field(_ name: String, ofImage row: Int) -> String? {
        field(name, at: images.origins[row])
    }

    /// A field of an annotation that has no column, likewise.
    public func field(_ name: String, ofAnnotation row: Int) -> String? {
        field(name, at: annotations.origins[row])
    }

    private func field(_ name: String, at origin: RecordOrigin) -> String? {
        guard !origin.isNone else { return nil }
        let source = sources[origin.source]
        var json = JSONReader(source.bytes, at: origin.offset)
        json.acceptsNonFinite = true
        var found: String?
        do {
            try json.beginObject()
            while let key = try json.nextKey() {
                guard key.isEqual(to: name) else {
                    try json.skipValue()
                    continue
                }
                switch try json.peek() {
                case .string: found = try json.readString()
                case .number, .bool:
                    let range = try json.skipValue()
                    found = String(decoding: source.text[range], as: UTF8.self)
                default:
                    try json.skipValue()
                    found = nil
                }
            }
        } catch { return found }
        return found
    }
}
