import NeedletailArchives
import NeedletailDatasets
import NeedletailSystem

extension Gzip {
    /// The content of a file, unpacked where it is packed.
    ///
    /// - Parameter limit: Bytes that it may have; more are refused, whatever they are said to be.
    /// - Throws: `FileError`; `AnnotationError` when the file is damaged, ends early or holds too much.
    static func content(of path: String, limit: Int = 1 << 31) throws -> [UInt8] {
        let source = try ByteSource(contentsOf: path)
        guard isGzip(source.bytes) else { return Array(source.bytes) }
        let content: [UInt8]?
        do { content = try self.content(of: source.bytes, limit: limit) } catch let fault as ContentFault {
            throw AnnotationError(
                .syntax, file: path, problem: "the packed file is damaged or cut short: \(fault.detail)",
                remedy: "Fetch or copy it again.")
        }
        guard let content else {
            throw AnnotationError(
                .syntax, file: path, problem: "the file holds more than \(limit >> 20) MiB",
                remedy: "Is it what its name says? Give a part of it.")
        }
        return content
    }
}
