import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// Goes through a JSON file that is one object, whose records lie in lists and objects inside of it.
final class JSONObjectReader {
    /// The members of the whole.
    let whole: JSONMembers
    private let source: ByteSource
    private let batch: RecordBatch
    private let isLenient: Bool
    /// What is being read, for errors to name.
    private var record: (list: String, index: Int, start: Int)?

    private init(_ source: ByteSource, into batch: RecordBatch, isLenient: Bool) throws {
        (self.source, self.batch, self.isLenient) = (source, batch, isLenient)
        whole = try JSONMembers(source, for: batch)
    }

    /// Calls `body` with the object.
    ///
    /// - Parameters:
    ///   - batch: What the records are read into.
    ///   - isLenient: Whether a record that cannot be read is set aside in the batch instead of ending all.
    /// - Throws: ``AnnotationError`` that names the record.
    static func read<Result>(
        _ source: ByteSource, into batch: RecordBatch, isLenient: Bool, _ body: (JSONObjectReader) throws -> Result
    ) throws -> Result {
        var reader: JSONObjectReader?
        do {
            let one = try JSONObjectReader(source, into: batch, isLenient: isLenient)
            reader = one
            return try body(one)
        } catch { throw AnnotationError(error, in: source, record: reader?.record) }
    }

    /// Calls `body` for each object of a list, a record each.
    func forEach(_ key: StaticString, _ body: (JSONMembers) throws -> Void) throws {
        var index = 0
        try whole.forEach(key) { json in
            json.skipWhitespace()
            let start = json
            record = ("\(key)", index, json.offset)
            do { try body(whole.inner(&json)) } catch  where isLenient {
                setAside(error)
                // What is no object was passed in part.
                json = start
                _ = try json.skipValue()
            }
            record = nil
            index += 1
        }
    }

    /// Calls `body` for a record that starts at a byte of the file.
    func reading(_ list: String, _ index: Int, at start: Int, _ body: () throws -> Void) throws {
        record = (list, index, start)
        do { try body() } catch  where isLenient { setAside(error) }
        record = nil
    }

    private func setAside(_ error: any Error) {
        batch.refusals.append(AnnotationError(error, in: source, record: record))
    }
}
