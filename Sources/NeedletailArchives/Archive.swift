import NeedletailPlatform
import NeedletailSystem

/// A zip or tar archive, also compressed by gzip, that is unpacked into a folder and never outside of it.
///
/// Names that lead elsewhere are refused. Links, devices and pipes are left out, so that nothing written later can follow
/// one. Sizes are checked before and while files are written.
public struct Archive {
    public enum Format: String, Sendable {
        case zip, tar
        case gzippedTar = "tar.gz"
    }

    /// What an archive may be.
    public struct Limits: Sendable {
        public var entries = 5_000_000
        /// How much larger than the archive its files may be.
        public var expansion = 200
        /// They may have as many bytes in any case.
        public var leastBytes = 64 << 20

        public init() {}
    }

    public struct Outcome: Hashable, Sendable {
        public var files = 0
        public var bytes = 0
        /// Links, devices and pipes that were left out.
        public var leftOut = 0
    }

    public let path: String
    public let format: Format
    private let file: ByteSource

    /// Whether bytes begin like an archive; of what gzip has packed its content is looked at.
    package static func isArchive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard format(of: bytes) == .gzippedTar else { return format(of: bytes) != nil }
        var block = [UInt8](repeating: 0, count: 512)
        return block.withUnsafeMutableBytes { block in
            guard let stream = try? InflatedStream(bytes, form: .gzip), (try? stream.readAll(block)) != nil else {
                return false
            }
            return TarReader.isTar(UnsafeRawBufferPointer(block))
        }
    }

    /// - Throws: ``ArchiveError`` when the file cannot be read or is no archive.
    public init(contentsOf path: String) throws(ArchiveError) {
        self.path = path
        do throws(FileError) {
            file = try ByteSource(contentsOf: path)
        } catch {
            throw ArchiveError(kind: .file, path: path, problem: error.problem)
        }
        guard let format = Self.format(of: file.bytes) else {
            throw ArchiveError(kind: .unrecognized, path: path, problem: "this is neither a zip nor a tar archive")
        }
        self.format = format
    }

    private static func format(of bytes: UnsafeRawBufferPointer) -> Format? {
        if bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) || bytes.starts(with: [0x50, 0x4b, 0x05, 0x06]) {
            return .zip
        }
        if bytes.starts(with: [0x1f, 0x8b]) { return .gzippedTar }
        return TarReader.isTar(bytes) ? .tar : nil
    }

    /// Writes all files of the archive below a folder.
    ///
    /// - Parameters:
    ///   - folder: Is there, and nobody else writes into it. What an archive holds twice, or another has written before, is
    ///     replaced.
    ///   - progress: The share of the archive that is done, 0 to 1; returns false to stop.
    /// - Throws: ``ArchiveError``; files that were written stay.
    @discardableResult
    public func unpack(
        into folder: String, limits: Limits = Limits(), progress: (Double) -> Bool = { _ in true }
    ) throws(ArchiveError) -> Outcome {
        do {
            let limit = max(
                file.bytes.count.multipliedReportingOverflow(by: limits.expansion).partialValue, limits.leastBytes)
            var writer = ArchiveWriter(folder: folder, mostBytes: limit, mostEntries: limits.entries)
            switch format {
            case .zip: try unpackZip(&writer, progress: progress)
            case .tar: try unpackTar(StoredStream(file.bytes), &writer, progress: progress)
            case .gzippedTar: try unpackTar(InflatedStream(file.bytes, form: .gzip), &writer, progress: progress)
            }
            return writer.outcome
        } catch let fault as ContentFault {
            throw error(fault)
        } catch let fault as ArchiveWriter.Fault {
            throw ArchiveError(kind: fault.kind, path: path, problem: fault.problem)
        } catch {
            throw ArchiveError(kind: .file, path: path, problem: "\(error)")
        }
    }

    private func error(_ fault: ContentFault) -> ArchiveError {
        switch fault {
        case .truncated(let detail), .malformed(let detail): ArchiveError(kind: .damaged, path: path, problem: detail)
        case .unsupported(let detail): ArchiveError(kind: .unsupported, path: path, problem: detail)
        }
    }

    private func unpackZip(_ writer: inout ArchiveWriter, progress: (Double) -> Bool) throws {
        let entries = try ZipDirectory(file.bytes).entries
        // What an archive announces is refused before anything is written.
        var announced = 0
        for entry in entries {
            let (sum, overflow) = announced.addingReportingOverflow(entry.size)
            announced = overflow ? .max : sum
        }
        try writer.announce(bytes: announced, entries: entries.count)
        let total = Double(max(entries.reduce(0) { $0 &+ $1.range.count }, 1))
        var done = 0
        for entry in entries {
            let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[entry.range])
            if entry.name.hasSuffix("/") || entry.name.hasSuffix("\\") {
                try writer.makeFolder(entry.name)
            } else if entry.isSpecial {
                writer.leaveOut()
            } else {
                let stream: any ByteStream =
                    entry.method == .stored ? StoredStream(bytes) : try InflatedStream(bytes, form: .raw)
                let sum = try writer.write(entry.name, size: entry.size) { try stream.read($0) }
                guard sum == entry.checksum else {
                    throw ContentFault.malformed(
                        detail: "'\(printable(entry.name))' has another checksum than is stated")
                }
            }
            done += entry.range.count
            guard progress(Double(done) / total) else { throw ArchiveWriter.Fault.cancelled }
        }
    }

    private func unpackTar(
        _ stream: any ByteStream, _ writer: inout ArchiveWriter, progress: (Double) -> Bool
    ) throws {
        var reader = TarReader(stream)
        while let entry = try reader.next() {
            switch entry.kind {
            case .folder: try writer.makeFolder(entry.name)
            case .special: writer.leaveOut()
            case .file: _ = try writer.write(entry.name, size: entry.size) { try reader.read($0) }
            }
            guard progress(Double(stream.consumed) / Double(max(file.bytes.count, 1))) else {
                throw ArchiveWriter.Fault.cancelled
            }
        }
    }
}
