import NeedletailPlatform

/// What the system knows of files, by their paths.
///
/// A path with a NUL character leads nowhere: C would take what stands before it for the whole.
package enum FileStatus {
    /// Of what a path leads to, links followed; nil where nothing is there or it cannot be told, and `errno` says why.
    package static func of(_ path: String) -> stat? {
        var status = stat()
        guard !hasNUL(path) else { return nil }
        return uninterrupted { stat(path, &status) } == 0 ? status : nil
    }

    /// Likewise of a link itself.
    package static func ofLink(_ path: String) -> stat? {
        var status = stat()
        guard !hasNUL(path) else { return nil }
        return uninterrupted { lstat(path, &status) } == 0 ? status : nil
    }

    /// Of an open file.
    package static func of(_ descriptor: Int32) -> stat? {
        var status = stat()
        return uninterrupted { fstat(descriptor, &status) } == 0 ? status : nil
    }

    /// Whether a path holds a NUL character; `errno` then says that there is no such file.
    static func hasNUL(_ path: String) -> Bool {
        guard path.utf8.contains(0) else { return false }
        errno = ENOENT
        return true
    }
}

extension stat {
    package var isFolder: Bool { st_mode & S_IFMT == S_IFDIR }
    package var isRegularFile: Bool { st_mode & S_IFMT == S_IFREG }
}
