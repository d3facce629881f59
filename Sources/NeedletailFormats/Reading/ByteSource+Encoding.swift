import NeedletailDatasets
import NeedletailSystem

extension ByteSource {
    /// - Throws: ``AnnotationError`` when the text is in UTF-16 or UTF-32.
    func checkEncoding() throws(AnnotationError) {
        let head = Array(text.prefix(4))
        let isWide = head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF])
        guard isWide || (head.count > 1 && head.contains(0)) else { return }
        throw AnnotationError(
            .syntax, file: path, line: 1, byteOffset: 0, problem: "the text is not UTF-8 but UTF-16 or binary",
            remedy: "Save it as UTF-8, for example with `iconv -f UTF-16 -t UTF-8`")
    }
}
