import NeedletailSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension FilePath {
    /// Makes a folder and those above it that are missing.
    static func makeFolder(_ path: String) throws(CurationError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw CurationError(
                .unwritable, subject: path, problem: "this folder cannot be made",
                remedy: "Give a place that you may write to.")
        }
    }
}
