import NeedletailSystem
import NeedletailText

/// A small text file that a person gives.
enum TextFile {
    /// - Parameter limit: Files with more bytes are refused.
    static func read(_ path: String, limit: Int = 1 << 28) throws -> String {
        let source: ByteSource
        do throws(FileError) {
            source = try ByteSource(reading: path, limit: limit)
        } catch {
            throw CommandError("\(path): \(error.problem). Give a small text file that you may read.")
        }
        do {
            let text = try source.decoded(as: .plain)
            let mark = text.text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            return TextLines.string(UnsafeBufferPointer(rebasing: text.text.dropFirst(mark)))
        } catch {
            throw CommandError(
                "\(path)\(error.line.map { ":\($0)" } ?? ""): \(error.problem). "
                    + error.remedy.text(Wording.commandLine.callAsFunction) + ".")
        }
    }
}
