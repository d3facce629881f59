import NeedletailArchives
import NeedletailDatasets
import NeedletailPlatform
import NeedletailSystem
import Synchronization

/// A dataset's archive, unpacked into a temporary folder so that it is read like any folder.
///
/// Nothing is written beside the archive. What it may hold `Archive` says: no names that lead elsewhere, no links, and not
/// more than a dataset of its size does.
struct UnpackedArchive {
    let path: String
    /// Where its files are.
    let folder: String

    private struct Identity: Hashable {
        var path: String
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    /// What this process has unpacked already.
    private static let known = Mutex<[Identity: String]>([:])

    /// - Returns: Nil for what is no archive of a dataset.
    /// - Throws: ``FileError``; ``AnnotationError`` when it cannot be unpacked, or must not be.
    init?(_ path: String) throws {
        guard let identity = try Self.identity(of: path) else { return nil }
        self.path = path
        folder = try Self.known.withLock { known in
            if let folder = known[identity] { return folder }
            let folder = try Self.unpack(path)
            known[identity] = folder
            return folder
        }
    }

    private static func unpack(_ path: String) throws -> String {
        let folder = try TemporaryFiles.folder(named: FilePath.fileName(of: path))
        do throws(ArchiveError) { try Archive(contentsOf: path).unpack(into: folder) } catch {
            throw AnnotationError(
                .notFound, file: path, problem: "this archive cannot be read: \(error.problem)",
                remedy: error.remedy ?? "Unpack it yourself, and give the folder")
        }
        return folder
    }

    private static func identity(of path: String) throws -> Identity? {
        guard !Folder.isFolder(path), !Folder.isDevice(path), Folder.exists(path) else { return nil }
        let source = try ByteSource(contentsOf: path)
        guard Archive.isArchive(source.bytes), ForeignContent.isPlainArchive(source.text, path: path) else {
            return nil
        }
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        return Identity(
            path: FilePath.absolute(path), size: Int(status.st_size), seconds: time.tv_sec, nanoseconds: time.tv_nsec)
    }

    /// A path in the folder as people know it: `data.zip/train/a.xml`.
    func shown(_ path: String) -> String {
        path.hasPrefix(folder) ? self.path + path.dropFirst(folder.count) : path
    }

    /// Reads what was unpacked, and calls files in errors by where they are in the archive.
    func read<Content>(_ body: (String) throws -> Content) throws -> Content {
        do { return try body(folder) } catch var error as AnnotationError {
            error.file = shown(error.file)
            error.problem = error.problem.replacing(folder, with: path)
            throw error
        } catch var error as FileError {
            error.path = shown(error.path)
            throw error
        }
    }
}
