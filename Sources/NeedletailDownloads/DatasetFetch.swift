import NeedletailArchives
import NeedletailPlatform
import NeedletailSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The way of a dataset from its publisher into a folder: fetched, checked, unpacked, and only then under its name.
///
/// While it is on its way there is a folder `NAME.part`. What has arrived in it is kept and continued the next time; what was
/// unpacked is unpacked anew.
public struct DatasetFetch {
    public struct Outcome: Sendable, Hashable {
        /// The folder of the dataset.
        public var folder: String
        /// Files in it.
        public var files: Int
        /// Links and other things of archives that were left out.
        public var leftOut: Int
        /// Files of which no checksum is published: the length is all that was checked.
        public var unverified: [String]
    }

    /// What is going on.
    public enum Step: Sendable {
        /// A file arrives.
        case fetching(name: String, Download.Progress)
        /// Its checksum is computed.
        case verifying(name: String)
        /// It is unpacked; the share that is done.
        case unpacking(name: String, share: Double)
    }

    public let dataset: KnownDataset
    /// Where its folder is made.
    public let parent: String
    public var policy = Download.Policy()

    public init(_ dataset: KnownDataset, into parent: String) {
        self.dataset = dataset
        self.parent = parent
    }

    /// The folder that the dataset becomes.
    public var folder: String { parent + "/" + dataset.name }
    private var work: String { folder + ".part" }
    private var unpacked: String { work + "/unpacked" }

    /// Fetches the dataset. Blocks the calling thread.
    ///
    /// - Parameter progress: Returns false to stop; what has arrived is kept.
    /// - Throws: ``DownloadError``, `ArchiveError`, `FileError` when the folder is there or cannot be made.
    public func run(progress: (Step) -> Bool = { _ in true }) throws -> Outcome {
        guard !Folder.exists(folder) else {
            throw FileError(
                .unsuitable, path: folder, problem: "is there already; remove it to fetch the dataset again")
        }
        FolderTree.remove(unpacked)
        try FolderTree.make(unpacked)
        defer {
            // Nothing is left where nothing has arrived.
            rmdir(unpacked)
            rmdir(work)
        }
        for file in dataset.files { try fetch(file, progress: progress) }
        var outcome = Outcome(folder: folder, files: 0, leftOut: 0, unverified: [])
        for file in dataset.files {
            if file.md5 == nil { outcome.unverified.append(file.name) }
            let path = work + "/" + file.name
            guard file.isArchive else {
                try move(path, to: unpacked + "/" + file.name)
                outcome.files += 1
                continue
            }
            let result = try Archive(contentsOf: path).unpack(into: unpacked) {
                progress(.unpacking(name: file.name, share: $0))
            }
            outcome.files += result.files
            outcome.leftOut += result.leftOut
        }
        try move(unpacked, to: folder)
        FolderTree.remove(work)
        return outcome
    }

    private func move(_ path: String, to target: String) throws(FileError) {
        guard uninterrupted({ rename(path, target) }) == 0 else {
            throw FileError(path: target, action: "move the files to", code: errno)
        }
    }

    private func fetch(_ file: KnownDataset.File, progress: (Step) -> Bool) throws {
        let path = work + "/" + file.name
        if Folder.exists(path) {
            // It was whole when it took its name.
            if try isRight(path, file, progress: progress) { return }
            unlink(path)
        }
        var download = Download(
            url: file.url, to: path, byteCounts: file.byteCount.map { $0...$0 })
        download.policy = policy
        try download.fetch { progress(.fetching(name: file.name, $0)) }
        guard try isRight(path, file, progress: progress) else {
            let actual = try Checksum.md5(ofFile: path)
            unlink(path)
            throw FileError(
                .unsuitable, path: file.url,
                problem: "the file has MD5 \(actual) where \(file.md5 ?? "") is due; it was thrown away")
        }
    }

    private func isRight(_ path: String, _ file: KnownDataset.File, progress: (Step) -> Bool) throws -> Bool {
        if let byteCount = file.byteCount, FilePath.size(of: path) != byteCount { return false }
        guard let md5 = file.md5 else { return true }
        _ = progress(.verifying(name: file.name))
        return try Checksum.md5(ofFile: path) == md5
    }
}
