import CTransfer
import NeedletailPlatform
import NeedletailSystem

/// A SHA-256, or its beginning, as hexadecimal digits.
///
/// PyTorch puts the first eight digits into its file names. They rule out damage and mix-ups, not a forger with
/// patience; a complete checksum does.
public struct Checksum: Equatable, Sendable, CustomStringConvertible {
    /// 8 to 64 digits, lower case.
    public let digits: String

    /// - Returns: nil unless `digits` are 8 to 64 hexadecimal digits.
    public init?(_ digits: String) {
        let lowercased = digits.lowercased()
        guard (8...64).contains(lowercased.utf8.count),
            lowercased.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        self.digits = lowercased
    }

    /// The checksum in a file name of PyTorch's style, such as `resnet18-f37072fd.pth`.
    public init?(fileName: String) {
        let stem = fileName.prefix { $0 != "." }
        guard let dash = stem.lastIndex(of: "-") else { return nil }
        self.init(String(stem[stem.index(after: dash)...]))
    }

    public var isComplete: Bool { digits.utf8.count == 64 }

    /// Whether `sha256`, 64 digits, begins with this.
    public func matches(_ sha256: String) -> Bool { sha256.lowercased().hasPrefix(digits) }

    public var description: String { isComplete ? digits : "\(digits)…" }

    /// The SHA-256 of a file's content, as 64 digits.
    ///
    /// - Throws: ``FileError`` when the file cannot be read.
    public static func sha256(ofFile path: String) throws(FileError) -> String {
        try digest(ofFile: path, called: "SHA-256", byteCount: 32, ctransfer_sha256_create())
    }

    /// The MD5 of a file's content, as 32 digits: what older publications state. It rules out damage, not forgery.
    ///
    /// - Throws: ``FileError`` when the file cannot be read.
    public static func md5(ofFile path: String) throws(FileError) -> String {
        try digest(ofFile: path, called: "MD5", byteCount: 16, ctransfer_md5_create())
    }

    private static func digest(
        ofFile path: String, called name: String, byteCount: Int, _ hash: OpaquePointer?
    ) throws(FileError) -> String {
        defer { ctransfer_sha256_destroy(hash) }
        let descriptor = Descriptor.open(path, O_RDONLY)
        guard descriptor >= 0 else {
            throw FileError(path: path, action: "open", code: errno)
        }
        defer { _ = Descriptor.close(descriptor) }
        guard let hash else {
            throw FileError(
                .unavailable, path: path,
                problem: "its \(name) needs libcrypto, which is not installed (Debian: libssl3)")
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = uninterrupted { read(descriptor, buffer.baseAddress, buffer.count) }
            if count == 0 { break }
            if count < 0 { throw FileError(path: path, action: "read", code: errno) }
            ctransfer_sha256_update(hash, buffer.baseAddress, count)
        }
        var digest = [UInt8](repeating: 0, count: byteCount)
        ctransfer_sha256_finish(hash, &digest)
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
