import NeedletailSystem
import NeedletailText

/// A record that is valid JSON but not what its format asks for, before the file and line are known.
package struct RecordProblem: Error {
    package var kind: AnnotationError.Kind
    /// Bytes from the start of the file.
    package var offset: Int
    package var problem: String
    package var remedy: Remedy

    package init(kind: AnnotationError.Kind = .schema, offset: Int, problem: String, remedy: Remedy) {
        self.kind = kind
        self.offset = offset
        self.problem = problem
        self.remedy = remedy
    }
}

extension AnnotationError {
    /// Names the file, line and record of an error met while reading JSON.
    ///
    /// - Parameters:
    ///   - record: The list and the place in it that the reader was at.
    ///   - start: Where that record starts, to find its identifier.
    ///   - namesLine: Whether lines are counted up to there.
    package init(
        _ error: some Error, in source: ByteSource, record: (list: String, index: Int, start: Int)?,
        namesLine: Bool = true
    ) {
        var name: String?
        if let record {
            name = record.list.isEmpty ? "[\(record.index)]" : "\(record.list)[\(record.index)]"
            if let id = Self.identifier(in: source, at: record.start) { name? += " (id \(id))" }
        }
        let error: any Error =
            switch error {
            case let json as JSONError where json.problem == .invalidUTF8: TextError.notUTF8(source, at: json.offset)
            default: error
            }
        switch error {
        case let error as AnnotationError: self = error
        case let error as TextError:
            self.init(
                error.isSyntax ? .syntax : .schema, file: source.path, record: error.record ?? name, line: error.line,
                byteOffset: error.offset, problem: error.problem, remedy: error.remedy)
        case let error as RecordProblem:
            self.init(
                error.kind, file: source.path, record: name,
                line: namesLine ? source.position(of: error.offset).line : nil,
                byteOffset: error.offset, problem: error.problem, remedy: error.remedy)
        case let error as JSONError:
            let isSchema = if case .wrongType = error.problem { true } else { false }
            self.init(
                isSchema ? .schema : .syntax, file: source.path, record: name,
                line: namesLine ? source.position(of: error.offset).line : nil, byteOffset: error.offset,
                problem: error.description,
                remedy: isSchema
                    ? "Correct the value there" : "Export or copy the file again, or correct it at that byte")
        default:
            self.init(.syntax, file: source.path, record: name, problem: "\(error)", remedy: "Check the file")
        }
        // The file has its bytes elsewhere.
        if source.isConverted { byteOffset = nil }
    }

    private static func identifier(in source: ByteSource, at start: Int) -> RecordID? {
        var json = JSONReader(source.bytes, at: start)
        json.acceptsNonFinite = true
        do {
            try json.beginObject()
            while let key = try json.nextKey() {
                if key.equals("id") { return try json.readID() }
                try json.skipValue()
            }
        } catch {}
        return nil
    }
}
