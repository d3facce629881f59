#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A small text file that a person gives.
enum TextFile {
    static func read(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandError("\(path): this file cannot be read. Give a text file.")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw CommandError("\(path): this is not UTF-8 text. Save it as UTF-8.")
        }
        return text
    }
}
