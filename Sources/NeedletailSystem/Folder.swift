import NeedletailPlatform

/// What is in a folder.
package enum Folder {
    /// The names of the entries that end so, sorted by their bytes; hidden ones left out. Empty when there is no such folder
    /// or nobody may look into it.
    ///
    /// - Throws: ``FileError`` where the system cannot tell all of them.
    package static func names(in folder: String, ending: String) throws(FileError) -> [String] {
        try entries(of: folder) { name, _ in name.hasSuffix(ending) }
    }

    /// The names of the entries that are chosen, sorted by their bytes; hidden ones left out.
    private static func entries(
        of folder: String, where isChosen: (String, Int32) -> Bool
    ) throws(FileError) -> [String] {
        var names: [String] = []
        do throws(FileError) {
            let stream = try DirectoryStream(folder)
            while let entry = try stream.next() {
                guard let name = name(of: entry, undecodable: { _ in }), !name.hasPrefix(".") else { continue }
                if isChosen(name, Int32(entry.pointee.d_type)) { names.append(name) }
            }
        } catch {
            guard error.isAbsence || error.isRefusal else { throw error }
            return []
        }
        return names.sorted()
    }

    package static func exists(_ path: String) -> Bool {
        !FileStatus.hasNUL(path) && uninterrupted { access(path, F_OK) } == 0
    }

    package static func isFolder(_ path: String) -> Bool {
        FileStatus.of(path)?.isFolder ?? false
    }

    /// Whether a path is a symbolic link.
    package static func isLink(_ path: String) -> Bool {
        FileStatus.ofLink(path).map { $0.st_mode & S_IFMT == S_IFLNK } ?? false
    }

    /// Whether a path is neither a file nor a folder, but a pipe or a terminal.
    package static func isDevice(_ path: String) -> Bool {
        FileStatus.of(path).map { !$0.isRegularFile && !$0.isFolder } ?? false
    }

    /// The files below a folder, relative to it, sorted by their bytes; hidden ones left out, links followed. Empty when there
    /// is no such folder.
    ///
    /// - Throws: ``FileError`` where a folder cannot be looked into.
    package static func files(below folder: String) throws(FileError) -> [String] {
        let contents = try FolderContents(folder)
        if let locked = contents.lockedFolders.first {
            guard exists(folder) else { return [] }
            let path = locked.isEmpty ? folder : FilePath.join(folder, locked)
            throw FileError(path: path, action: "look into this folder", code: EACCES)
        }
        return contents.files
    }

    /// The names of the folders in a folder, links to some among them, sorted by their bytes; hidden ones left out. Empty
    /// when there is no such folder or nobody may look into it.
    ///
    /// - Throws: ``FileError`` where the system cannot tell all of them.
    package static func folders(in folder: String) throws(FileError) -> [String] {
        try entries(of: folder) { name, kind in
            kind == DT_DIR || (kind != DT_REG && isFolder("\(folder)/\(name)"))
        }
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
