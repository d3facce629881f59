import NeedletailPlatform

/// A file that appears under its name only once it is complete.
///
/// The bytes go to a temporary file in the same folder, which takes the name on ``commit(as:)`` and is deleted
/// when the value ends without it. A symbolic link is followed, and what is there keeps its permissions. What is not
/// a regular file (a pipe, `/dev/stdout`) is written to directly.
package struct AtomicFile: ~Copyable {
    private let path: String
    private let output: Output
    private let waitsForDisk: Bool
    package private(set) var buffer: ByteBuffer
    private var isCommitted = false

    /// The open descriptor, with the first error that writing to it met.
    private final class Output {
        let descriptor: Int32
        let temporaryPath: String?
        var errorCode: Int32 = 0
        private var isReserved = false

        init(descriptor: Int32, temporaryPath: String?) {
            self.descriptor = descriptor
            self.temporaryPath = temporaryPath
        }

        func write(_ bytes: UnsafeRawBufferPointer) {
            if errorCode == 0 { errorCode = Descriptor.write(bytes, to: descriptor) }
        }

        /// Takes room on the disk, or as much of it as there is.
        func reserve(_ bytes: Int) {
            #if !canImport(Darwin)
                var count = bytes
                while count >= 1 << 12 {
                    let code = posix_fallocate(descriptor, 0, off_t(count))
                    if code == 0 { break }
                    if code != EINTR { count /= 2 }
                }
                isReserved = true
            #endif
        }

        /// Gives back what was not needed.
        func trim() {
            guard isReserved, errorCode == 0 else { return }
            let end = lseek(descriptor, 0, SEEK_CUR)
            if end < 0 || uninterrupted({ ftruncate(descriptor, end) }) != 0 { errorCode = errno }
        }
    }

    /// - Parameters:
    ///   - waitsForDisk: Whether ``commit(as:)`` returns only when the file and its name would outlive a power cut.
    ///   - reservedBytes: Room on the disk that is taken at once, so that nothing else that is written meanwhile can take
    ///     it; what is not needed is given back at the end.
    /// - Throws: ``FileError`` when the folder does not exist or is not writable.
    package init(path: String, waitsForDisk: Bool = false, reservedBytes: Int = 0) throws(FileError) {
        let (target, output) = try Self.openOutput(path)
        if reservedBytes > 0, output.temporaryPath != nil { output.reserve(reservedBytes) }
        self.path = target
        self.output = output
        self.waitsForDisk = waitsForDisk
        buffer = ByteBuffer { output.write($0) }
    }

    private static func openOutput(_ path: String) throws(FileError) -> (target: String, output: Output) {
        guard !FilePath.split(path).name.isEmpty, !path.utf8.contains(0) else {
            throw FileError(.unsuitable, path: path, problem: "is no file name")
        }
        let status = FileStatus.of(path)
        if status?.isFolder == true { throw FileError(path: path, action: "write", code: EISDIR) }
        if status?.isRegularFile == false {
            let descriptor = Descriptor.open(path, O_WRONLY)
            guard descriptor >= 0 else { throw FileError(path: path, action: "write", code: errno) }
            return (path, Output(descriptor: descriptor, temporaryPath: nil))
        }
        let target = status == nil ? path : FilePath.resolved(path)
        while true {
            let temporaryPath = TemporaryName.path(beside: target)
            let descriptor = Descriptor.open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL)
            if descriptor >= 0 {
                if let status { _ = uninterrupted { fchmod(descriptor, status.st_mode & 0o7777) } }
                return (target, Output(descriptor: descriptor, temporaryPath: temporaryPath))
            }
            guard errno == EEXIST else { throw FileError(path: path, action: "create", code: errno) }
        }
    }

    deinit {
        guard !isCommitted else { return }
        _ = Descriptor.close(output.descriptor)
        if let temporaryPath = output.temporaryPath { _ = uninterrupted { unlink(temporaryPath) } }
    }

    /// Appends through the buffer, and stops early when the disk is full.
    package mutating func write<Failure: Error>(
        _ body: (inout ByteBuffer) throws(Failure) -> Void
    ) throws(Failure) {
        try body(&buffer)
    }

    /// Appends bytes; many at once go to the file as they are.
    ///
    /// - Throws: ``FileError`` when something written so far did not reach the file.
    package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        buffer.append(bytes.bindMemory(to: UInt8.self))
        try check()
    }

    /// - Throws: ``FileError`` when something written so far did not reach the file.
    package func check() throws(FileError) {
        if output.errorCode != 0 { throw FileError(path: path, action: "write", code: output.errorCode) }
    }

    /// Lets somebody read what was written before it takes its name; not where it goes to a pipe or a device.
    package mutating func verify<Failure: Error>(_ body: (String) throws(Failure) -> Void) throws(Failure) {
        buffer.flush()
        if let path = output.temporaryPath, output.errorCode == 0 { try body(path) }
    }

    /// Puts the complete file under its name.
    ///
    /// - Parameter name: Another name in the same folder, for a file that turned out to be something else.
    package mutating func commit(as name: String? = nil) throws(FileError) {
        buffer.flush()
        output.trim()
        try check()
        isCommitted = true
        let path = name.map { FilePath.split(self.path).folder + $0 } ?? self.path
        guard let temporaryPath = output.temporaryPath else {
            let code = Descriptor.close(output.descriptor)
            guard code == 0 else { throw FileError(path: path, action: "write", code: code) }
            return
        }
        var code: Int32 = waitsForDisk && uninterrupted({ fsync(output.descriptor) }) != 0 ? errno : 0
        let closing = Descriptor.close(output.descriptor)
        if code == 0 { code = closing }
        if code == 0, uninterrupted({ rename(temporaryPath, path) }) != 0 { code = errno }
        guard code == 0 else {
            _ = uninterrupted { unlink(temporaryPath) }
            throw FileError(path: path, action: "write", code: code)
        }
        if waitsForDisk { Descriptor.synchronizeFolder(of: path) }
    }
}

extension AtomicFile {
    /// Writes a text, whole or not at all.
    ///
    /// - Throws: ``FileError`` when the file cannot be written.
    package static func write(_ text: String, to path: String) throws(FileError) {
        var file = try AtomicFile(path: path)
        file.write { (buffer: inout ByteBuffer) in buffer.append(text: text) }
        try file.commit()
    }

    /// Writes bytes, whole or not at all.
    ///
    /// - Throws: ``FileError`` when the file cannot be written.
    package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        try bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in
            try write(UnsafeRawBufferPointer(bytes), to: path)
        }
    }

    /// Writes bytes, whole or not at all.
    ///
    /// - Throws: ``FileError`` when the file cannot be written.
    package static func write(
        _ bytes: UnsafeRawBufferPointer, to path: String, waitsForDisk: Bool = false
    ) throws(FileError) {
        var file = try AtomicFile(path: path, waitsForDisk: waitsForDisk)
        try file.write(bytes)
        try file.commit()
    }
}
