import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// Goes through a JSON file whose records are the elements of a list, or the members of an object.
enum JSONListReader {
    /// Calls `body` for each element with its members.
    ///
    /// - Parameter isLenient: Whether a record that `body` throws for is handed to `refuse` instead.
    /// - Throws: ``AnnotationError`` that names the element.
    static func read(
        _ source: ByteSource, list: String, isLenient: Bool, refuse: (AnnotationError) -> Void,
        _ body: (JSONMembers) throws -> Void
    ) throws {
        var json = JSONReader(source.bytes)
        json.acceptsNonFinite = true
        var record: (list: String, index: Int, start: Int)?
        do {
            try json.beginArray()
            var index = 0
            while try json.nextElement() {
                json.skipWhitespace()
                record = (list, index, json.offset)
                let members = try JSONMembers(&json, in: source.bytes)
                do { try body(members) } catch  where isLenient {
                    refuse(AnnotationError(error, in: source, record: record))
                }
                index += 1
            }
            record = nil
            try json.finish()
        } catch { throw AnnotationError(error, in: source, record: record) }
    }
}
