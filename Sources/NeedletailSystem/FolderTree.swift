import NeedletailPlatform

/// Makes, fills and removes folders with all that is in them.
package enum FolderTree {
    /// Makes a folder and those above it that are missing.
    package static func make(_ path: String) throws(FileError) {
        if mkdir(path, 0o777) == 0 || (errno == EEXIST && Folder.isFolder(path)) { return }
        guard errno == ENOENT else { throw FileError(path: path, action: "make this folder", code: errno) }
        let parent = FilePath.parent(of: path)
        guard parent != path else { throw FileError(path: path, action: "make this folder", code: ENOENT) }
        try make(parent)
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
            throw FileError(path: path, action: "make this folder", code: errno)
        }
    }

    /// Writes a file that is not there yet, all of it in one go.
    package static func write(_ bytes: UnsafeBufferPointer<UInt8>, to path: String) throws(FileError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileError(path: path, action: "create", code: errno) }
        let code = Descriptor.write(UnsafeRawBufferPointer(bytes), to: descriptor)
        guard code == 0 else {
            close(descriptor)
            throw FileError(path: path, action: "write", code: code)
        }
        guard close(descriptor) == 0 else { throw FileError(path: path, action: "write", code: errno) }
    }

    /// Removes what is at a path, if anything; symbolic links are removed, not followed.
    package static func remove(_ path: String) {
        guard unlink(path) != 0, errno == EISDIR || errno == EPERM else { return }
        for name in allNames(in: path) { remove("\(path)/\(name)") }
        rmdir(path)
    }

    /// The first file below a folder for which `isSuch` holds, relative to it.
    package static func firstFile(in folder: String, where isSuch: (String) -> Bool) -> String? {
        for name in allNames(in: folder) {
            var status = stat()
            guard lstat("\(folder)/\(name)", &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFLNK: continue
            case S_IFDIR:
                if let found = firstFile(in: "\(folder)/\(name)", where: isSuch) { return "\(name)/\(found)" }
            default: if isSuch(name) { return name }
            }
        }
        return nil
    }

    package static func isEmpty(_ folder: String) -> Bool { allNames(in: folder).isEmpty }

    private static func allNames(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
