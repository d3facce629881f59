import NeedletailPlatform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What paths are made of.
///
/// Paths are texts, as people give them and files hold them. `FilePath` of swift-system would add 300 KiB to the program for
/// what stands here.
package enum FilePath {
    /// The path from the root, without `.`, `..` and doubled slashes.
    package static func absolute(_ path: String) -> String {
        var parts: [Substring] = []
        let whole = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The path with all links followed; the path itself where nothing is there.
    package static func resolved(_ path: String) -> String {
        guard !FileStatus.hasNUL(path), let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    /// A name that stays inside the folder it is put into: without root and without `..`; backslashes part folders.
    package static func inside(_ name: String) -> String {
        let parts = name.split { $0 == "/" || $0 == "\\" }.filter { $0 != "." && $0 != ".." }
        if name.hasPrefix("/") { return parts.last.map(String.init) ?? "image" }
        return parts.isEmpty ? "image" : parts.joined(separator: "/")
    }

    /// The deepest folder that all of these lie in.
    package static func commonFolder(_ folders: [String]) -> String {
        var common = folders.first.map { absolute($0).split(separator: "/") } ?? []
        for folder in folders.dropFirst() {
            let parts = absolute(folder).split(separator: "/")
            common = zip(common, parts).prefix { $0 == $1 }.map(\.0)
        }
        return "/" + common.joined(separator: "/")
    }

    /// The path of a file from a folder that it lies in; the absolute path when it does not.
    package static func relative(_ path: String, to folder: String) -> String {
        let (path, folder) = (absolute(path), absolute(folder))
        let prefix = folder == "/" ? folder : folder + "/"
        return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
    }

    /// `photos/a` and `.jpg`.
    package static func splitEnding(_ path: String) -> (stem: String, ending: String) {
        let nameStart = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.index(after: $0) } ?? path.startIndex
        guard let dot = path[nameStart...].utf8.lastIndex(of: UInt8(ascii: ".")), dot > nameStart else {
            return (path, "")
        }
        return (String(path[..<dot]), String(path[dot...]))
    }

    /// Bytes in a file, links followed; nil when it is not there.
    package static func size(of path: String) -> Int? {
        FileStatus.of(path).map { Int($0.st_size) }
    }

    /// The folder that a path stands in, `.` for a bare name.
    package static func parent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// A path cut behind its last slash; what stands before is empty for a bare name.
    package static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
        let next = path.index(after: slash)
        return (String(path[..<next]), String(path[next...]))
    }

    /// The last component of a path.
    package static func fileName(of path: String) -> String {
        path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[path.index(after: $0)...]) } ?? path
    }

    /// A file name without its extension.
    package static func stem(of name: String) -> String {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex,
            !name[dot...].utf8.contains(UInt8(ascii: "/"))
        else { return name }
        return String(name[..<dot])
    }

    /// A name in a folder; the name alone where the folder is `.`.
    package static func join(_ folder: String, _ name: String) -> String {
        folder == "." ? name : "\(folder)/\(name)"
    }

    /// A path as a shell takes it: in single quotes where it would not be left alone.
    package static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "_@%+=:,./-".utf8.contains(byte)
            }
        }
        guard !isPlain || word.isEmpty else { return word }
        // A quote ends the quoted part, stands for itself behind a backslash, and another part begins.
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
