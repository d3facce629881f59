import NeedletailPlatform

/// Bytes that others point into: a mapped file, or text made while reading another format.
///
/// A mapped file costs address space, not memory: its pages come and go as they are read. The mapping lives
/// as long as any dataset that points into it. The file may be replaced or deleted meanwhile, since the
/// mapping keeps the old one, but must not be changed in place: ``checkUnchanged()`` notices that before
/// anything is copied out of it again.
package final class ByteSource: @unchecked Sendable {
    // Unchecked because of the pointer; the bytes are never written after init.
    package let path: String
    package let bytes: UnsafeRawBufferPointer
    package var text: UnsafeBufferPointer<UInt8> { bytes.bindMemory(to: UInt8.self) }
    /// Whether the bytes were made here rather than read from a JSON file.
    package let isSynthetic: Bool
    private let storage: Storage

    private enum Storage {
        case mapping(UnsafeMutableRawPointer, length: Int, descriptor: Int32, modified: timespec)
        case allocation(UnsafeMutableRawBufferPointer)
        /// What a text in another encoding became.
        case conversion(UnsafeMutableRawBufferPointer)
    }

    /// Whether the bytes are those of the file in another encoding, so that its own lie elsewhere.
    package var isConverted: Bool { if case .conversion = storage { true } else { false } }

    /// Maps a file, or reads it when it is a pipe.
    ///
    /// - Throws: ``FileError``, also for a pipe that nobody writes to, and where more than ``streamLimit`` bytes come out of
    ///   one.
    package init(contentsOf path: String) throws(FileError) {
        self.path = path
        isSynthetic = false
        let (descriptor, status) = try Self.open(path)
        let length = Int(status.st_size)
        if status.isRegularFile, length > 0 {
            if let start = mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED {
                _ = madvise(start, length, MADV_SEQUENTIAL)
                bytes = UnsafeRawBufferPointer(start: start, count: length)
                storage = .mapping(start, length: length, descriptor: descriptor, modified: status.modified)
                return
            }
            // Some file systems cannot map; whatever else is wrong would be no better in memory.
            guard errno == ENODEV else {
                let code = errno
                Self.close(descriptor)
                throw FileError(path: path, action: "map \(length) bytes", code: code)
            }
        }
        defer { Self.close(descriptor) }
        let allocation = try Self.readAll(descriptor, path: path)
        bytes = UnsafeRawBufferPointer(allocation)
        storage = .allocation(allocation)
    }

    /// Maps a regular file for reading here and there. The pages are private: who takes numbers over where they lie may
    /// change them, and the file stays as it is.
    ///
    /// - Throws: ``FileError``; a pipe or device is refused without waiting for it.
    package init(mapping path: String) throws(FileError) {
        self.path = path
        isSynthetic = false
        let (descriptor, status) = try Self.open(path, waits: false)
        guard status.isRegularFile else {
            Self.close(descriptor)
            throw FileError(.unsuitable, path: path, problem: "is not a regular file")
        }
        let length = Int(status.st_size)
        guard length > 0 else {
            Self.close(descriptor)
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            storage = .allocation(UnsafeMutableRawBufferPointer(start: nil, count: 0))
            return
        }
        guard let start = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED
        else {
            let code = errno
            Self.close(descriptor)
            throw FileError(path: path, action: "map \(length) bytes", code: code)
        }
        bytes = UnsafeRawBufferPointer(start: start, count: length)
        storage = .mapping(start, length: length, descriptor: descriptor, modified: status.modified)
    }

    /// Reads a whole file into memory, which for small ones is quicker than mapping.
    ///
    /// - Throws: ``FileError``, also for a file of more than `limit` bytes.
    package init(reading path: String, limit: Int = 1 << 28) throws(FileError) {
        self.path = path
        isSynthetic = false
        let (descriptor, status) = try Self.open(path)
        defer { Self.close(descriptor) }
        guard Int(status.st_size) <= limit else { throw FileError(path: path, action: "read", code: EFBIG) }
        let allocation = try Self.readAll(descriptor, path: path, capacity: Int(status.st_size) + 1, limit: limit)
        bytes = UnsafeRawBufferPointer(allocation)
        storage = .allocation(allocation)
    }

    /// Bytes that are taken from what has no end, such as a pipe, or a device; more are to be put into a file first.
    package static let streamLimit = 1 << 32

    /// Seconds after which a pipe that nobody has written to is given up.
    private static let patience: Int32 = 10

    /// Opens a file to be read.
    ///
    /// - Parameter waits: Whether a pipe is waited for, and read as its bytes come.
    /// - Throws: ``FileError``, for a folder as well.
    private static func open(_ path: String, waits: Bool = true) throws(FileError) -> (Int32, stat) {
        // Opening a pipe would wait for a writer, for ever.
        let descriptor = Descriptor.open(path, O_RDONLY | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(path: path, action: "open", code: errno) }
        guard let status = FileStatus.of(descriptor) else {
            let code = errno
            close(descriptor)
            throw FileError(path: path, action: "open", code: code)
        }
        var failure: FileError?
        if status.isFolder {
            failure = FileError(path: path, action: "read", code: EISDIR)
        } else if waits, !status.isRegularFile {
            var change = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if uninterrupted({ poll(&change, 1, patience * 1000) }) == 0 {
                failure = FileError(.unsuitable, path: path, problem: "nobody writes to this pipe")
            }
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
        }
        if let failure {
            close(descriptor)
            throw failure
        }
        return (descriptor, status)
    }

    private static func close(_ descriptor: Int32) { _ = Descriptor.close(descriptor) }

    /// Takes over what a buffer holds.
    package init(synthetic buffer: borrowing ByteBuffer, path: String) {
        self.path = path
        isSynthetic = true
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(buffer.count, 1), alignment: 1)
        copy.copyBytes(from: buffer.bytes)
        bytes = UnsafeRawBufferPointer(start: copy.baseAddress, count: buffer.count)
        storage = .allocation(copy)
    }

    /// Holds a copy of `bytes`.
    package init(synthetic bytes: [UInt8], path: String) {
        self.path = path
        isSynthetic = true
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 1)
        copy.copyBytes(from: bytes)
        self.bytes = UnsafeRawBufferPointer(start: copy.baseAddress, count: bytes.count)
        storage = .allocation(copy)
    }

    /// Takes over the text of a file in another encoding, which was allocated for it.
    package init(converted text: UnsafeMutableRawBufferPointer, count: Int, path: String) {
        self.path = path
        isSynthetic = false
        bytes = UnsafeRawBufferPointer(rebasing: text[..<count])
        storage = .conversion(text)
    }

    deinit {
        switch storage {
        case .mapping(let start, let length, let descriptor, _):
            munmap(start, length)
            Self.close(descriptor)
        case .allocation(let buffer), .conversion(let buffer): buffer.deallocate()
        }
    }

    private static func readAll(
        _ descriptor: Int32, path: String, capacity: Int = 1 << 16, limit: Int = streamLimit
    ) throws(FileError) -> UnsafeMutableRawBufferPointer {
        var capacity = capacity
        var count = 0
        var memory = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 1)
        while true {
            if count == capacity {
                let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity * 2, alignment: 1)
                larger.copyMemory(from: memory, byteCount: count)
                memory.deallocate()
                memory = larger
                capacity *= 2
            }
            let received = uninterrupted { read(descriptor, memory + count, capacity - count) }
            guard received >= 0, count + received <= limit else {
                let code = received < 0 ? errno : EFBIG
                memory.deallocate()
                throw FileError(path: path, action: "read", code: code)
            }
            guard received > 0 else { return UnsafeMutableRawBufferPointer(start: memory, count: count) }
            count += received
        }
    }

    /// Gives the pages of a range back to the system; reading them again brings them back.
    package func release(_ range: Range<Int>) {
        guard case .mapping(let start, _, _, _) = storage else { return }
        let page = Int(getpagesize())
        let first = (range.lowerBound + page - 1) / page * page
        let last = range.upperBound / page * page
        guard last > first else { return }
        _ = madvise(start + first, last - first, MADV_DONTNEED)
    }

    /// - Throws: ``FileError`` when the mapped file has been changed in place since it was read.
    package func checkUnchanged() throws(FileError) {
        guard case .mapping(_, let length, let descriptor, let modified) = storage else { return }
        guard let status = FileStatus.of(descriptor) else {
            throw FileError(path: path, action: "inspect", code: errno)
        }
        guard Int(status.st_size) == length,
            status.modified.tv_sec == modified.tv_sec, status.modified.tv_nsec == modified.tv_nsec
        else { throw FileError(path: path, action: "copy from a file that changed after it was read", code: ESTALE) }
    }

    /// Line and column, both from 1, of a byte; the column counts bytes.
    package func position(of offset: Int) -> (line: Int, column: Int) {
        var line = 1
        var lineStart = 0
        for index in 0..<min(offset, bytes.count) where bytes[index] == 0x0A {
            line += 1
            lineStart = index + 1
        }
        return (line, offset - lineStart + 1)
    }
}

extension stat {
    fileprivate var modified: timespec {
        #if canImport(Darwin)
            st_mtimespec
        #else
            st_mtim
        #endif
    }
}
