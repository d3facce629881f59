import NeedletailPlatform
import NeedletailSystem
import Synchronization

/// The stream of results. What is written is brought out in large pieces, and at the program's end.
enum StandardOutput {
    private struct Content: Sendable {
        var bytes: [UInt8] = []
        /// The `errno` of the first write that failed.
        var code: Int32 = 0

        mutating func bringOut() {
            if code == 0 { code = bytes.withUnsafeBytes { Descriptor.write($0, to: STDOUT_FILENO) } }
            bytes.removeAll(keepingCapacity: true)
        }
    }

    private static let content = Mutex(Content())
    private static let piece = 1 << 16

    /// Writes text for people; what would steer their terminal is shown as an escape.
    static func write(_ text: String) { writePlain(text.showingControls(keepsLines: true)) }

    /// Writes text for programs as it stands.
    static func writePlain(_ text: String) {
        if StandardError.isMuted { return }
        content.withLock { content in
            content.bytes += text.utf8
            if content.bytes.count >= piece { content.bringOut() }
        }
    }

    /// Brings out what has been written; returns why that failed, or nil. A reader that has gone away, as `head` does, wanted
    /// no more.
    static func finish() -> String? {
        content.withLock { content in
            content.bringOut()
            guard content.code != 0, content.code != EPIPE else { return nil }
            return "standard output: cannot write: \(systemMessage(content.code))"
        }
    }
}
