import NeedletailPlatform

/// What is in a folder.
package enum Folder {
    /// The names of the entries that end so, sorted by their bytes; hidden ones left out. Empty when the folder
    /// cannot be read.
    package static func names(in folder: String, ending: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if !name.hasPrefix("."), name.hasSuffix(ending) { names.append(name) }
        }
        return names.sorted()
    }

    package static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether a path is neither a file nor a folder, but a pipe or a terminal.
    package static func isDevice(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG && status.st_mode & S_IFMT != S_IFDIR
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

    /// The files below a folder, relative to it, sorted by their bytes; hidden ones left out, links followed.
    package static func files(below folder: String) -> [String] {
        var files: [String] = []
        gather(folder, prefix: "", depth: 0, into: &files)
        return files.sorted()
    }

    private static func gather(_ folder: String, prefix: String, depth: Int, into files: inout [String]) {
        // A link may lead back up.
        guard depth < 16, let stream = opendir(folder) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let kind = Int32(entry.pointee.d_type)
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if name.hasPrefix(".") { continue }
            let isFolder = kind == DT_DIR || (kind != DT_REG && Self.isFolder("\(folder)/\(name)"))
            if isFolder {
                gather("\(folder)/\(name)", prefix: "\(prefix)\(name)/", depth: depth + 1, into: &files)
            } else {
                files.append(prefix + name)
            }
        }
    }

    /// A name in a folder; the name alone where the folder is `.`.
    package static func join(_ folder: String, _ name: String) -> String {
        folder == "." ? name : "\(folder)/\(name)"
    }
}
