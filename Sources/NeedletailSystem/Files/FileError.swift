#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The operating system refused to open, read or write a file.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    public var path: String
    /// What was tried: `open`, `read`, `write` ...
    public var action: String
    /// The system's `errno`.
    public var code: Int32

    public init(path: String, action: String, code: Int32) {
        self.path = path
        self.action = action
        self.code = code
    }

    public var description: String {
        "\(path): cannot \(action): \(String(cString: strerror(code)))"
    }
}
