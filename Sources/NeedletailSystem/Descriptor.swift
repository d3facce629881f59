import NeedletailPlatform

/// What is done with open files beyond one system call.
package enum Descriptor {
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
        let descriptor = open(FilePath.parent(of: path), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
