import NeedletailPlatform

/// What is done with open files beyond one system call.
package enum Descriptor {
    /// Opens a file, not to be passed on to other programs; below 0 where that fails, and `errno` says why.
    package static func open(_ path: String, _ flags: Int32, mode: mode_t = 0o666) -> Int32 {
        if FileStatus.hasNUL(path) { return -1 }
        return uninterrupted { NeedletailPlatform.open(path, flags | O_CLOEXEC, mode) }
    }

    /// Closes a file that was written; returns 0 or the `errno` of what did not reach it.
    package static func close(_ descriptor: Int32) -> Int32 {
        // The descriptor is gone even when a signal came.
        NeedletailPlatform.close(descriptor) == 0 || errno == EINTR ? 0 : errno
    }

    /// Writes every byte, however many calls it takes; returns 0 or the `errno` of the call that failed.
    package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
        var rest = bytes
        while !rest.isEmpty {
            // Some systems refuse counts beyond 2^31.
            let count = NeedletailPlatform.write(descriptor, rest.baseAddress, min(rest.count, 1 << 26))
            if count < 0 {
                if errno == EINTR { continue }
                return errno
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        return 0
    }

    /// Waits until the names in the folder of a file are on the disk; a power cut could undo a renaming before that.
    package static func synchronizeFolder(of path: String) {
        let descriptor = open(FilePath.parent(of: path), O_RDONLY)
        guard descriptor >= 0 else { return }
        _ = uninterrupted { fsync(descriptor) }
        _ = close(descriptor)
    }
}
