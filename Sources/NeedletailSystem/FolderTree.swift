import NeedletailPlatform

/// Makes, fills and removes folders with all that is in them.
package enum FolderTree {
    /// Makes a folder and those above it that are missing.
    package static func make(_ path: String) throws(FileError) {
        func isMade() -> Bool {
            !FileStatus.hasNUL(path)
                && (uninterrupted { mkdir(path, 0o777) } == 0 || (errno == EEXIST && Folder.isFolder(path)))
        }
        if isMade() { return }
        let parent = FilePath.parent(of: path)
        guard errno == ENOENT, parent != path, !path.isEmpty, !path.utf8.contains(0) else {
            throw FileError(path: path, action: "make this folder", code: errno)
        }
        try make(parent)
        guard isMade() else { throw FileError(path: path, action: "make this folder", code: errno) }
    }

    /// Writes a file that is not there yet, all of it in one go.
    package static func write(_ bytes: UnsafeBufferPointer<UInt8>, to path: String) throws(FileError) {
        let descriptor = Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL)
        guard descriptor >= 0 else { throw FileError(path: path, action: "create", code: errno) }
        var code = Descriptor.write(UnsafeRawBufferPointer(bytes), to: descriptor)
        let closing = Descriptor.close(descriptor)
        if code == 0 { code = closing }
        guard code == 0 else {
            unlink(path)
            throw FileError(path: path, action: "write", code: code)
        }
    }

    /// Copies a file to where none is yet.
    package static func copy(_ path: String, to target: String) throws(FileError) {
        let source = try ByteSource(contentsOf: path)
        try write(source.text, to: target)
        withExtendedLifetime(source) {}
    }

    /// Gives a file or folder another name, in the place of what has it.
    package static func rename(_ path: String, to name: String) throws(FileError) {
        guard uninterrupted({ NeedletailPlatform.rename(path, name) }) == 0 else {
            throw FileError(path: name, action: "write", code: errno)
        }
    }

    /// Makes a symbolic link that is not there yet.
    package static func link(_ path: String, to target: String) throws(FileError) {
        guard !FileStatus.hasNUL(path), !FileStatus.hasNUL(target), uninterrupted({ symlink(target, path) }) == 0 else {
            throw FileError(path: path, action: "link", code: errno)
        }
    }

    /// Removes what is at a path, if anything and as far as that can be; symbolic links are removed, not followed.
    package static func remove(_ path: String) {
        guard !FileStatus.hasNUL(path), uninterrupted({ unlink(path) }) != 0, errno == EISDIR || errno == EPERM else {
            return
        }
        for name in (try? allNames(in: path)) ?? [] { remove("\(path)/\(name)") }
        _ = uninterrupted { rmdir(path) }
    }

    /// The first file below a folder for which `isSuch` holds; it is asked and told relative to the folder.
    ///
    /// - Throws: ``FileError`` where a folder cannot be looked into.
    package static func firstFile(in folder: String, where isSuch: (String) -> Bool) throws(FileError) -> String? {
        for name in try allNames(in: folder) {
            guard let status = FileStatus.ofLink("\(folder)/\(name)") else {
                if errno == ENOENT { continue }
                throw FileError(path: "\(folder)/\(name)", action: "inspect", code: errno)
            }
            switch status.st_mode & S_IFMT {
            case S_IFLNK: continue
            case S_IFDIR:
                if let found = try firstFile(in: "\(folder)/\(name)", where: { isSuch("\(name)/\($0)") }) {
                    return "\(name)/\(found)"
                }
            default: if isSuch(name) { return name }
            }
        }
        return nil
    }

    /// - Throws: ``FileError`` where the folder cannot be looked into.
    package static func isEmpty(_ folder: String) throws(FileError) -> Bool { try allNames(in: folder).isEmpty }

    private static func allNames(in folder: String) throws(FileError) -> [String] {
        let stream = try DirectoryStream(folder)
        var names: [String] = []
        while let entry = try stream.next() {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
