import NeedletailPlatform

/// The entries of a folder, one after another, with what the system says when it cannot go on: a listing that was cut off is
/// none.
struct DirectoryStream: ~Copyable {
    #if canImport(Darwin)
        private let stream: UnsafeMutablePointer<DIR>
    #else
        private let stream: OpaquePointer
    #endif
    private let path: String

    /// - Throws: ``FileError``
    init(_ path: String) throws(FileError) {
        self.path = path
        guard !FileStatus.hasNUL(path) else {
            throw FileError(path: path, action: "look into this folder", code: ENOENT)
        }
        while true {
            if let stream = opendir(path) {
                self.stream = stream
                return
            }
            guard errno == EINTR else { throw FileError(path: path, action: "look into this folder", code: errno) }
        }
    }

    deinit { closedir(stream) }

    /// Of the folder itself.
    var status: stat? { FileStatus.of(dirfd(stream)) }

    /// The next entry, or nil at the end; valid until the next call.
    ///
    /// - Throws: ``FileError``
    func next() throws(FileError) -> UnsafeMutablePointer<dirent>? {
        while true {
            errno = 0
            if let entry = readdir(stream) { return entry }
            guard errno != 0 else { return nil }
            guard errno == EINTR else { throw FileError(path: path, action: "look into this folder", code: errno) }
        }
    }
}
