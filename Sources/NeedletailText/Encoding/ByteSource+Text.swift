import NeedletailSystem

/// How the encoding of a file is found out.
package enum TextKind {
    /// Text in UTF-8, which is looked through.
    case plain
    /// Text whose reader looks through it itself.
    case json
    /// A file that may state its encoding.
    case xml
}

extension ByteSource {
    /// The file's text in UTF-8, from which everything that reads text starts.
    ///
    /// UTF-8 stays where it lies. UTF-16 and UTF-32 are known by their mark, or by plain letters with zeros between them;
    /// XML states other encodings. A mark of UTF-8 is left to the readers.
    ///
    /// - Throws: ``TextError`` for a text that is in none of these, with the encoding that it is probably in.
    package func decoded(as kind: TextKind) throws(TextError) -> ByteSource {
        switch TextEncoding(ofStart: UnsafeRawBufferPointer(rebasing: bytes.prefix(4))) {
        case .other(let name, let mark): return try converted(from: [name], mark: mark, stated: nil)
        case .utf8(let mark):
            if kind == .xml, mark == 0, let stated = TextEncoding.stated(inXML: bytes), !isUTF8(inSpiteOf: stated) {
                return try converted(from: TextEncoding.converterNames(for: stated), mark: 0, stated: stated)
            }
            guard !text.prefix(4).contains(0) else { throw .isBinary }
            if kind == .json { return self }
            var released = 0
            let invalid = UTF8Text.firstInvalid(in: bytes) { passed in
                release(released..<passed)
                released = passed
            }
            if let invalid { throw .notUTF8(self, at: invalid) }
            return self
        }
    }

    /// Whether the text is UTF-8 that was saved without changing what its first line states.
    ///
    /// Text in another encoding follows the rules of UTF-8 by chance alone, which one or two short sequences may.
    private func isUTF8(inSpiteOf stated: String) -> Bool {
        guard UTF8Text.firstInvalid(in: bytes) == nil else { return false }
        if text.contains(where: { $0 >= 0xE0 }) { return true }
        return !TextEncoding.isDoubleByte(stated) && text.count(where: { $0 >= 0xC2 }) > 1
    }

    private func converted(from names: [String], mark: Int, stated: String?) throws(TextError) -> ByteSource {
        var failure: TextError?
        for name in names {
            switch TextConverter.utf8(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(mark)), from: name) {
            case .text(let text, let count):
                let converted = ByteSource(converted: text, count: count, path: path)
                // Plain letters with zeros between them may be no text after all.
                guard !converted.text.contains(0) else { throw .isBinary }
                return converted
            case .unknown: continue
            case .invalid(let offset):
                guard let stated else {
                    failure = TextError(
                        offset: mark + offset, problem: "the text begins as \(name) and is not from here on",
                        remedy: "Export or copy the file again, or correct it at that byte")
                    continue
                }
                failure = .notUTF8(self, at: offset, stated: stated)
            }
        }
        throw failure
            ?? TextError(
                line: 1, problem: "the file states the encoding \(stated ?? names[0]), which is not known here",
                remedy: "Correct it in the first line, or save the file as UTF-8 and let it state that")
    }
}

extension TextError {
    static let isBinary = TextError(
        offset: 0, problem: "the file is not text but binary", remedy: "Give the file or folder of the annotations")

    /// A text that is not UTF-8 from a byte on, and what it is instead.
    ///
    /// - Parameter stated: The encoding that the file says it is in, and is not.
    package static func notUTF8(_ source: ByteSource, at offset: Int, stated: String? = nil) -> TextError {
        let line = source.position(of: offset).line
        let expected = stated.map { "\($0), which the file states" } ?? "UTF-8"
        guard !source.text.prefix(1 << 12).contains(0) else { return .isBinary }
        let (stem, ending) = FilePath.splitEnding(source.path)
        func command(_ encoding: String) -> String {
            "`iconv -f \(encoding) -t UTF-8 \(FilePath.quoted(source.path)) > \(FilePath.quoted(stem + "-utf8" + ending))`"
        }
        let declaration = stated == nil ? "" : ", and let its first line state UTF-8"
        guard let guess = EncodingGuess(source.text, from: stated == nil ? offset : 0) else {
            return TextError(
                line: line, offset: offset, problem: "the text is not \(expected)",
                remedy: """
                    Save it as UTF-8\(declaration), or convert it with the encoding that it was written in: \
                    \(command("ENCODING"))
                    """)
        }
        return TextError(
            line: line, offset: offset, problem: "the text is not \(expected), but probably \(guess.description)",
            remedy: "Convert it, \(command(guess.name)), or save it as UTF-8\(declaration)")
    }
}
