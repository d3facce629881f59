import Needletail
import NeedletailDatasets
import NeedletailPlatform
import NeedletailSystem

/// Folders into which photographs come, one after another.
///
/// A photograph counts once it is whole: when it has not changed for a while, or between two looks.
struct WatchedFolders {
    private let folders: [String]
    private let isRecursive: Bool
    /// Below which nothing is looked at: what is written lies there.
    private let output: String
    private let root: String?
    private var seen: [String: String] = [:]
    /// As they were when they were looked through.
    private var taken: [String: String] = [:]
    private var items: [String: Photographs.Item] = [:]
    /// Those that need no other look.
    private var done: Set<String> = []

    /// Seconds for which a file that is written to does not stay as it is.
    private static let quietSeconds = 2

    init(_ folders: [String], isRecursive: Bool, output: String) throws {
        for folder in folders where !ImageFolder.isFolder(folder) {
            throw CommandError("\(folder): this is no folder. --watch looks for new photographs in folders.")
        }
        self.folders = folders
        self.isRecursive = isRecursive
        self.output = output
        root = folders.count > 1 ? FilePath.commonFolder(folders.map { FilePath.absolute($0) }) : nil
    }

    /// The whole photographs that have not been taken yet.
    ///
    /// - Throws: `FileError` where a folder cannot be listed.
    mutating func arrivals(now: Int) throws -> [(path: String, name: String)] {
        var files: [(path: String, name: String)] = []
        var looked: [String: String] = [:]
        for folder in folders {
            let base = folder.hasSuffix("/") ? folder : folder + "/"
            for name in try FolderContents(folder, depth: isRecursive ? .max : 1).files
            where ImageFileName.isReadable(name) {
                let path = base + name
                guard !done.contains(path), !ImageFolder.isBelow(path, output), let status = FileStatus.of(path),
                    status.st_size > 0
                else { continue }
                let stamp = DetectionJournal.stamp(of: path)
                guard taken[path] != stamp else { continue }
                looked[path] = stamp
                #if canImport(Darwin)
                    let changed = status.st_mtimespec.tv_sec
                #else
                    let changed = status.st_mtim.tv_sec
                #endif
                guard seen[path] == stamp || Int(changed) + Self.quietSeconds < now else { continue }
                taken[path] = stamp
                files.append((path, root.map { FilePath.relative(FilePath.absolute(path), to: $0) } ?? name))
            }
        }
        seen = looked
        return files
    }

    /// Looks through photographs as they come, until it is interrupted.
    mutating func run(
        _ run: DetectionRun, photographs: inout Photographs, place: DetectionFolder, console: Console
    ) throws {
        console.note("watching \(folders.joined(separator: ", ")); Ctrl-C ends it")
        while !Interruption.isRequested {
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            for file in try arrivals(now: Int(now.tv_sec)) where !Interruption.isRequested {
                let item = items[file.path] ?? photographs.add(file)
                items[file.path] = item
                do {
                    try place.claim(item)
                } catch {
                    console.warn("set aside: \(Wording.commandLine(error))")
                    continue
                }
                let before = run.outcome
                try run.look(at: [item])
                // What was not whole after all may be, once it has changed.
                if run.outcome.images > before.images {
                    run.outcome.failedImages.removeAll { $0 == item.path }
                    run.outcome.unreadableImages.removeAll { $0 == item.path }
                    done.insert(item.path)
                    console.note("\(item.path): \(Count.text(run.outcome.detections - before.detections, "object"))")
                }
            }
            for _ in 0..<10 where !Interruption.isRequested { usleep(50_000) }
        }
    }
}
