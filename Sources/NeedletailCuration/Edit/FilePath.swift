import NeedletailPlatform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What paths are made of.
enum FilePath {
    /// The path from the root, without `.`, `..` and doubled slashes.
    static func absolute(_ path: String) -> String {
        var parts: [Substring] = []
        let whole = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// A name that stays inside the folder it is put into: without root and without `..`; backslashes part folders.
    static func inside(_ name: String) -> String {
        let parts = name.split { $0 == "/" || $0 == "\\" }.filter { $0 != "." && $0 != ".." }
        if name.hasPrefix("/") { return parts.last.map(String.init) ?? "image" }
        return parts.isEmpty ? "image" : parts.joined(separator: "/")
    }

    /// The deepest folder that all of these lie in.
    static func commonFolder(_ folders: [String]) -> String {
        var common = folders.first.map { absolute($0).split(separator: "/") } ?? []
        for folder in folders.dropFirst() {
            let parts = absolute(folder).split(separator: "/")
            common = zip(common, parts).prefix { $0 == $1 }.map(\.0)
        }
        return "/" + common.joined(separator: "/")
    }

    /// The path of a file from a folder that it lies in; the absolute path when it does not.
    static func relative(_ path: String, to folder: String) -> String {
        let (path, folder) = (absolute(path), absolute(folder))
        let prefix = folder == "/" ? folder : folder + "/"
        return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
    }

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

    /// `photos/a` and `.jpg`.
    static func splitEnding(_ path: String) -> (stem: String, ending: String) {
        let nameStart = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.index(after: $0) } ?? path.startIndex
        guard let dot = path[nameStart...].utf8.lastIndex(of: UInt8(ascii: ".")), dot > nameStart else {
            return (path, "")
        }
        return (String(path[..<dot]), String(path[dot...]))
    }

    /// Bytes in a file, links followed; nil when it is not there.
    static func size(of path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }
}
