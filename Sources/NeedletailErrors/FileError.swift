import NeedletailPlatform

/// A file or folder that could not be opened, read, written or made.
public struct FileError: ActionableError, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// The operating system refused; its `errno`.
        case system(Int32)
        /// There is something else under the name than what was expected, a folder or a device.
        case unsuitable
        /// A library that the work needs is not installed.
        case unavailable
    }

    public var kind: Kind
    public var path: String
    public var problem: String

    public var subject: String { path }
    public var remedy: Remedy? { nil }

    public init(_ kind: Kind, path: String, problem: String) {
        self.kind = kind
        self.path = path
        self.problem = problem
    }

    /// - Parameters:
    ///   - action: What was tried: `open`, `read`, `write` ...
    ///   - code: The system's `errno`.
    public init(path: String, action: String, code: Int32) {
        if path.utf8.contains(0) {
            self.init(.unsuitable, path: path, problem: "the path holds a NUL character, which no file's has")
        } else {
            self.init(.system(code), path: path, problem: "cannot \(action): \(systemMessage(code))")
        }
    }
}

extension FileError {
    /// Whether there is no space left on the disk, or none that the person may use.
    package var isDiskFull: Bool { kind == .system(ENOSPC) || kind == .system(EDQUOT) }

    /// Whether nothing is there.
    package var isAbsence: Bool { kind == .system(ENOENT) || kind == .system(ENOTDIR) }

    /// Whether the person may not do that.
    package var isRefusal: Bool { kind == .system(EACCES) || kind == .system(EPERM) }
}

/// The system's text for an `errno` value.
package func systemMessage(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
