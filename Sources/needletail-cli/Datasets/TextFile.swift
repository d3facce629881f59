#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A small text file that a person gives.
enum TextFile {
    /// - Parameter limit: Files with more bytes are refused.
    static func read(_ path: String, limit: Int = .max) throws -> String {
        guard let data = FileManager.default.contents(atPath: path), data.count < limit else {
            throw CommandError("\(path): this file cannot be read. Give a small text file that you may read.")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw CommandError("\(path): this is not UTF-8 text. Save it as UTF-8.")
        }
        return text
    }
}
