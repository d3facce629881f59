import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// Goes through a JSON file whose records are the elements of a list, or the members of an object.
enum JSONListReader {
    /// Calls `body` for each element with its members.
    ///
    /// - Parameters:
    ///   - batch: What the records are read into.
    ///   - isLenient: Whether a record that `body` throws for is set aside in the batch instead.
    /// - Throws: ``AnnotationError`` that names the element.
    static func read(
        _ source: ByteSource, into batch: RecordBatch, isLenient: Bool, _ body: (JSONMembers) throws -> Void
    ) throws {
        var json = JSONReader(source.bytes)
        json.acceptsNonFinite = true
        var record: (list: String, index: Int, start: Int)?
        do {
            try json.beginArray()
            var index = 0
            while try json.nextElement() {
                json.skipWhitespace()
                record = ("", index, json.offset)
                let members = try JSONMembers(&json, in: source.bytes, for: batch)
                do { try body(members) } catch  where isLenient {
                    batch.refusals.append(AnnotationError(error, in: source, record: record))
                }
                index += 1
            }
            record = nil
            try json.finish()
        } catch { throw AnnotationError(error, in: source, record: record) }
    }

    /// Likewise of objects that stand one behind the other, a line each, or in a list.
    static func readObjects(
        _ source: ByteSource, into batch: RecordBatch, isLenient: Bool, _ body: (JSONMembers) throws -> Void
    ) throws {
        var json = JSONReader(source.bytes)
        json.acceptsNonFinite = true
        do { if try json.peek() == .array { return try read(source, into: batch, isLenient: isLenient, body) } } catch {
            // Nothing but white space is no object at all.
            if json.cursor == json.limit { return }
            throw AnnotationError(error, in: source, record: nil)
        }
        var index = 0
        while true {
            json.skipWhitespace()
            guard json.cursor < json.limit else { return }
            let start = json.offset
            do { try body(JSONMembers(&json, in: source.bytes, for: batch)) } catch {
                let error = AnnotationError(error, in: source, record: ("", index, start))
                guard isLenient else { throw error }
                batch.refusals.append(error)
                // What is broken ends with its line.
                let next = source.text[start...].firstIndex(of: 0x0A) ?? source.text.endIndex
                json = JSONReader(source.bytes, at: max(next, error.kind == .syntax ? next : json.offset))
                json.acceptsNonFinite = true
            }
            index += 1
        }
    }
}
