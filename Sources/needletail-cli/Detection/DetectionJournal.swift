import Needletail
import NeedletailErrors
import NeedletailPlatform
import NeedletailSystem
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What has been found so far in photographs whose results and pictures are whole, a line each, in a file beside them: a
/// detection that was stopped or killed goes on from there. It is gone when all is done. Each of several processes keeps one.
package final class DetectionJournal: Sendable {
    /// What decides the results, and the files that they are written to.
    package struct Header: Codable {
        var settings: [String: String]
        var files: [String]
    }

    package struct Entry: Codable {
        package struct Found: Codable {
            /// Left, top, width, height.
            var box: [Double]
            var score: Double
            var category: Int
            var name: String?
        }

        /// What the photograph is called, and what tells it from another under its name.
        var name: String
        var stamp: String
        /// Width and height in pixels.
        package var size: [Int]
        package var found: [Found]
        /// Whether there was more than the greatest number of objects.
        var isAtLimit: Bool
        /// Objects on its picture.
        package var drawn: Int

        /// Whether a photograph can have had this in it: the file may have been changed.
        fileprivate var isPossible: Bool {
            size.count == 2 && size.allSatisfy { (1...1 << 28).contains($0) } && (0...found.count).contains(drawn)
                && found.allSatisfy { found in
                    found.box.count == 4 && found.box.allSatisfy { abs($0) <= 1e9 } && found.box[2] >= 0
                        && found.box[3] >= 0 && (0...1).contains(found.score)
                }
        }
    }

    package static let fileName = ".detections.journal.part"

    let path: String
    private let folder: String
    private let state: Mutex<State>

    private struct State {
        var descriptor: Int32
        var errorCode: Int32 = 0
    }

    static func path(in folder: String) -> String { "\(folder)/\(fileName)" }

    /// The journals of processes that followed the first.
    private static func followers(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasPrefix(fileName + ".") }.sorted().map { "\(folder)/\($0)" }
    }

    /// Begins a journal, or goes on with the one that is there.
    ///
    /// - Parameters:
    ///   - header: Nil where it goes on.
    ///   - rank: Of the process that keeps it.
    /// - Throws: ``CommandError`` when the file cannot be written.
    init(in folder: String, header: Header?, rank: Int = 0) throws {
        path = Self.path(in: folder) + (rank == 0 ? "" : ".\(rank)")
        self.folder = folder
        if header != nil { for path in Self.followers(in: folder) { FolderTree.remove(path) } }
        let descriptor = Descriptor.open(path, O_WRONLY | O_CREAT | O_APPEND | (header == nil ? 0 : O_TRUNC))
        guard descriptor >= 0 else {
            throw CommandError("\(folder): no file can be made in this folder (\(systemMessage(errno))).")
        }
        state = Mutex(State(descriptor: descriptor))
        // What was cut off in the middle of a line stays a line of its own.
        if let header { write(try JSONEncoder().encode(header)) } else { write(Data()) }
    }

    deinit { state.withLock { _ = Descriptor.close($0.descriptor) } }

    /// A name that was taken for a picture later.
    struct Claim: Codable {
        var file: String
    }

    func append(_ entry: some Encodable) {
        // What cannot be written down is only done again.
        if let line = try? JSONEncoder().encode(entry) { write(line) }
    }

    private func write(_ line: Data) {
        let bytes = [UInt8](line) + [UInt8(ascii: "\n")]
        state.withLock { state in
            if state.errorCode == 0 {
                state.errorCode = bytes.withUnsafeBytes { Descriptor.write($0, to: state.descriptor) }
            }
        }
    }

    /// Why not all of it could be written; nil when all is.
    var failure: String? { state.withLock { $0.errorCode == 0 ? nil : systemMessage($0.errorCode) } }

    /// Removes those of all processes.
    func remove() { for path in Self.followers(in: folder) + [path] { FolderTree.remove(path) } }

    /// What a folder's journal holds.
    ///
    /// - Returns: Nil where there is none.
    /// - Throws: ``CommandError`` when it cannot be read.
    package static func read(in folder: String) throws -> (header: Header, entries: [String: Entry])? {
        let path = path(in: folder)
        guard ImageFolder.exists(path) else { return nil }
        var lines = try lines(of: path)
        let decoder = JSONDecoder()
        guard let first = lines.first, var header = try? decoder.decode(Header.self, from: first) else {
            throw CommandError("\(path): this is no list of what was found so far. Start over with --overwrite.")
        }
        lines.removeFirst()
        lines += try followers(in: folder).flatMap(Self.lines)
        // A line that was cut off counts for nothing.
        let entries = lines.compactMap { try? decoder.decode(Entry.self, from: $0) }.filter(\.isPossible)
        header.files += lines.compactMap { try? decoder.decode(Claim.self, from: $0).file }
        return (header, Dictionary(entries.map { ($0.name, $0) }) { _, last in last })
    }

    private static func lines(of path: String) throws -> [Data] {
        let source: ByteSource
        do throws(FileError) {
            source = try ByteSource(reading: path)
        } catch {
            throw CommandError("\(path): \(error.problem). Start over with --overwrite.")
        }
        return withExtendedLifetime(source) { source.bytes.split(separator: UInt8(ascii: "\n")).map { Data($0) } }
    }

    /// What tells a photograph from another under its name: its size in bytes and when it was changed.
    static func stamp(of path: String) -> String {
        guard let status = FileStatus.of(path) else { return "" }
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        return "\(status.st_size) \(time.tv_sec) \(time.tv_nsec)"
    }
}

extension DetectionJournal.Entry.Found {
    init(_ detection: Detection) {
        let box = detection.box
        self.init(
            box: [box.x, box.y, box.width, box.height], score: detection.score, category: detection.categoryID,
            name: detection.categoryName)
    }

    package var detection: Detection {
        Detection(
            box: Box(x: box[0], y: box[1], width: box[2], height: box[3]), score: score, categoryID: category,
            categoryName: name)
    }
}
