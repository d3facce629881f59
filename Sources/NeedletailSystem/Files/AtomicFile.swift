#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file that appears under its name only once it is complete.
///
/// The bytes go to a temporary file in the same folder, which takes the name on ``commit()`` and is deleted
/// when the value ends without it. A symbolic link is followed, and what is not a regular file (a pipe,
/// `/dev/stdout`) is written to directly.
package struct AtomicFile: ~Copyable {
    private let path: String
    private let output: Output
    package private(set) var buffer: ByteBuffer
    private var isCommitted = false

    /// The open descriptor, with the first error that writing to it met.
    private final class Output {
        let descriptor: Int32
        let temporaryPath: String?
        var errorCode: Int32 = 0

        init(descriptor: Int32, temporaryPath: String?) {
            self.descriptor = descriptor
            self.temporaryPath = temporaryPath
        }

        func write(_ bytes: UnsafeRawBufferPointer) {
            var rest = bytes
            while errorCode == 0, !rest.isEmpty {
                let written = posixWrite(descriptor, rest.baseAddress, rest.count)
                if written >= 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[written...])
                } else if errno != EINTR {
                    errorCode = errno
                }
            }
        }
    }

    /// - Throws: ``FileError`` when the folder does not exist or is not writable.
    package init(path: String) throws(FileError) {
        let (target, output) = try Self.openOutput(path)
        self.path = target
        self.output = output
        buffer = ByteBuffer { output.write($0) }
    }

    private static func openOutput(_ path: String) throws(FileError) -> (target: String, output: Output) {
        var status = stat()
        let exists = stat(path, &status) == 0
        if exists, status.st_mode & S_IFMT == S_IFDIR { throw FileError(path: path, action: "write", code: EISDIR) }
        if exists, status.st_mode & S_IFMT != S_IFREG {
            let descriptor = open(path, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw FileError(path: path, action: "write", code: errno) }
            return (path, Output(descriptor: descriptor, temporaryPath: nil))
        }
        let target = exists ? resolved(path) : path
        let (folder, name) = split(target)
        var template = Array("\(folder).\(name).XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw FileError(path: path, action: "create", code: errno) }
        let mask = umask(0)
        umask(mask)
        fchmod(descriptor, exists ? status.st_mode & 0o7777 : 0o666 & ~mask)
        let temporaryPath = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        return (target, Output(descriptor: descriptor, temporaryPath: temporaryPath))
    }

    deinit {
        guard !isCommitted else { return }
        close(output.descriptor)
        if let temporaryPath = output.temporaryPath { unlink(temporaryPath) }
    }

    /// Appends through the buffer, and stops early when the disk is full.
    package mutating func write<Failure: Error>(
        _ body: (inout ByteBuffer) throws(Failure) -> Void
    ) throws(Failure) {
        try body(&buffer)
    }

    /// - Throws: ``FileError`` when something written so far did not reach the file.
    package func check() throws(FileError) {
        if output.errorCode != 0 { throw FileError(path: path, action: "write", code: output.errorCode) }
    }

    /// Puts the complete file under its name.
    package mutating func commit() throws(FileError) {
        buffer.flush()
        try check()
        isCommitted = true
        guard let temporaryPath = output.temporaryPath else {
            close(output.descriptor)
            return
        }
        let isWritten = close(output.descriptor) == 0 && rename(temporaryPath, path) == 0
        guard isWritten else {
            let code = errno
            unlink(temporaryPath)
            throw FileError(path: path, action: "write", code: code)
        }
    }

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
        let next = path.index(after: slash)
        return (String(path[..<next]), String(path[next...]))
    }
}

private func posixWrite(_ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, start, count)
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
}
