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
            guard let name = name(of: entry, undecodable: { _ in }) else { continue }
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
    package static func files(below folder: String) -> [String] { FolderContents(folder).files }

    /// The names of the folders in a folder, links to some among them, sorted by their bytes; hidden ones left out.
    package static func folders(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let kind = Int32(entry.pointee.d_type)
            guard kind != DT_REG, let name = name(of: entry, undecodable: { _ in }), !name.hasPrefix(".") else {
                continue
            }
            if kind == DT_DIR || isFolder("\(folder)/\(name)") { names.append(name) }
        }
        return names.sorted()
    }

    /// The name of an entry.
    ///
    /// - Parameter undecodable: Called with a name that is not UTF-8, its bytes written as `\xB3`.
    /// - Returns: Nil for such a name.
    static func name(of entry: UnsafeMutablePointer<dirent>, undecodable: (String) -> Void) -> String? {
        withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            let characters = UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self)
            if let name = String(validatingCString: characters) { return name }
            let bytes = UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt8.self)
            undecodable(
                (0..<strlen(characters)).map { place in
                    let byte = bytes[place]
                    return byte < 0x80
                        ? String(UnicodeScalar(byte)) : "\\x" + String(byte, radix: 16, uppercase: true)
                }.joined())
            return nil
        }
    }
}
