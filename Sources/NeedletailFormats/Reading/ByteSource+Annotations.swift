import NeedletailDatasets
import NeedletailSystem
import NeedletailText

extension ByteSource {
    /// The text of an annotation file, mapped.
    ///
    /// - Throws: ``FileError``; ``AnnotationError`` when the text is in an encoding that cannot be told.
    static func annotations(_ path: String, as kind: TextKind = .plain) throws -> ByteSource {
        try ByteSource(contentsOf: path).annotations(as: kind)
    }

    /// The text of one of many small annotation files, read.
    static func smallAnnotations(_ path: String, as kind: TextKind = .plain) throws -> ByteSource {
        try ByteSource(reading: path).annotations(as: kind)
    }

    private func annotations(as kind: TextKind) throws(AnnotationError) -> ByteSource {
        do { return try decoded(as: kind) } catch { throw AnnotationError(error, in: self, record: nil) }
    }
}
