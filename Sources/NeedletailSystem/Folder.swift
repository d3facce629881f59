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

    /// Whether a path is a symbolic link.
    package static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Whether a path is neither a file nor a folder, but a pipe or a terminal.
    package static func isDevice(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG && status.st_mode & S_IFMT != S_IFDIR
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

}
