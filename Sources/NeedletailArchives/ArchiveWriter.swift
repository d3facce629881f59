import NeedletailPlatform
import NeedletailSystem

/// Writes the files of an archive below a folder, as far as they are allowed.
struct ArchiveWriter {
    /// What may not be, and why.
    struct Fault: Error {
        var kind: ArchiveError.Kind
        var problem: String

        static let cancelled = Fault(kind: .cancelled, problem: "stopped")
    }

    private(set) var outcome = Archive.Outcome()
    private let folder: String
    private let mostBytes: Int
    private let mostEntries: Int
    private var entryCount = 0
    /// Paths of folders that are there.
    private var folders: Set<String> = []

    private static let mostNameBytes = 255
    private static let mostPathBytes = 3000
    private static let bufferSize = 1 << 20

    init(folder: String, mostBytes: Int, mostEntries: Int) {
        self.folder = folder
        self.mostBytes = mostBytes
        self.mostEntries = mostEntries
    }

    /// Finds that there may be so much, and that there is room for it.
    func announce(bytes: Int, entries: Int) throws(Fault) {
        try allow(bytes: bytes, entries: entries)
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return }
        let free = Double(status.f_bavail) * Double(status.f_frsize)
        if Double(bytes) > free {
            throw Fault(
                kind: .tooLarge,
                problem: "its files take \(bytes >> 20) MiB, and there are \(Int(free / 1_048_576)) MiB on the disk")
        }
    }

    /// - Throws: ``Fault`` when there is more than may be.
    private func allow(bytes: Int, entries: Int) throws(Fault) {
        if entries > mostEntries { throw Fault(kind: .tooLarge, problem: "it holds more than \(mostEntries) entries") }
        if bytes > mostBytes {
            throw Fault(
                kind: .tooLarge,
                problem:
                    "its files would take more than \(mostBytes >> 20) MiB, which those of no dataset of its size do")
        }
    }

    /// Counts an entry that is not written.
    mutating func leaveOut() { outcome.leftOut += 1 }

    mutating func makeFolder(_ name: String) throws(Fault) {
        try count()
        if let parts = try parts(of: name) { try makeFolders(parts[...]) }
    }

    /// Writes a file of so many bytes.
    ///
    /// - Parameter read: Fills a buffer and says how far; 0 at the end.
    /// - Returns: The checksum of all bytes.
    /// - Throws: ``Fault``, ``ContentFault``.
    mutating func write(
        _ name: String, size: Int, read: (UnsafeMutableRawBufferPointer) throws -> Int
    ) throws -> UInt32 {
        try count(adding: size)
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(max(size, 1), Self.bufferSize), alignment: 16)
        defer { buffer.deallocate() }
        var sum: UInt32 = 0, left = size
        let output = try parts(of: name).map { try open($0) }
        var isClosed = false
        defer { if let output, !isClosed { _ = Descriptor.close(output) } }
        while left > 0 {
            let count = try read(UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)]))
            guard count > 0 else { throw ContentFault.truncated(detail: "'\(printable(name))' is shorter than stated") }
            let part = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            sum = checksum(part, after: sum)
            if let output {
                let code = Descriptor.write(part, to: output)
                guard code == 0 else {
                    throw Fault(kind: .file, problem: "'\(printable(name))' cannot be written: \(systemMessage(code))")
                }
            }
            left -= count
        }
        if let output {
            isClosed = true
            let code = Descriptor.close(output)
            guard code == 0 else {
                throw Fault(kind: .file, problem: "'\(printable(name))' cannot be written: \(systemMessage(code))")
            }
            outcome.files += 1
            outcome.bytes += size
        } else {
            leaveOut()
        }
        return sum
    }

    private mutating func count(adding bytes: Int = 0) throws(Fault) {
        entryCount += 1
        let (sum, overflow) = outcome.bytes.addingReportingOverflow(bytes)
        try allow(bytes: overflow ? .max : sum, entries: entryCount)
    }

    /// The folders of a name and the last part of it; nil for what systems add for themselves.
    ///
    /// - Throws: ``Fault`` when the name leads out of the folder.
    private func parts(of name: String) throws(Fault) -> [String]? {
        func refused(_ why: String) -> Fault {
            Fault(kind: .leavesFolder, problem: "the name '\(printable(name))' \(why)")
        }
        guard let first = name.utf8.first, first != UInt8(ascii: "/"), first != UInt8(ascii: "\\") else {
            throw refused("begins at the root")
        }
        guard !name.utf8.contains(0) else { throw refused("cannot be written") }
        guard name.utf8.count <= Self.mostPathBytes else { throw refused("is too long") }
        let parts = name.split { $0 == "/" || $0 == "\\" }.filter { $0 != "." }.map(String.init)
        guard !parts.contains("..") else { throw refused("leads out of the folder") }
        guard parts.allSatisfy({ $0.utf8.count <= Self.mostNameBytes }) else { throw refused("is too long") }
        return parts.isEmpty || parts[0] == "__MACOSX" ? nil : parts
    }

    private mutating func makeFolders(_ parts: ArraySlice<String>) throws(Fault) {
        guard !parts.isEmpty else { return }
        let path = folder + "/" + parts.joined(separator: "/")
        guard !folders.contains(path) else { return }
        try makeFolders(parts.dropLast())
        if uninterrupted({ mkdir(path, 0o777) }) != 0 {
            let code = errno
            guard code == EEXIST, Folder.isFolder(path), !Folder.isLink(path) else {
                throw Fault(kind: .file, problem: "the folder \(path) cannot be made: \(systemMessage(code))")
            }
        }
        folders.insert(path)
    }

    /// Makes a file that nobody else has opened.
    private mutating func open(_ parts: [String]) throws(Fault) -> Int32 {
        try makeFolders(parts.dropLast())
        let path = folder + "/" + parts.joined(separator: "/")
        _ = uninterrupted { unlink(path) }
        let descriptor = Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
        guard descriptor >= 0 else {
            throw Fault(kind: .file, problem: "\(path) cannot be written: \(systemMessage(errno))")
        }
        return descriptor
    }
}
