import NeedletailDatasets
import NeedletailPlatform
import NeedletailSystem
import Synchronization

/// Folders that hold what was unpacked, as long as the process lives.
///
/// They lie in the system's folder of temporary files and are removed when the process ends; those of processes that were
/// killed, the next one removes.
enum TemporaryFiles {
    private static let prefix = "needletail-unpacked-"

    /// Makes an empty folder that others cannot look into.
    ///
    /// - Parameter name: Of the folder itself, as people see it in messages.
    static func folder(named name: String) throws(FileError) -> String {
        let root = FilePath.absolute(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")
        removeThoseOfTheDead(in: root)
        let outer = "\(root)/\(prefix)\(getpid())-\(UInt64.random(in: .min ... .max))"
        for path in [outer, "\(outer)/\(name)"] {
            guard mkdir(path, 0o700) == 0 else { throw FileError(path: path, action: "make this folder", code: errno) }
        }
        _ = removal
        folders.withLock { $0.append(outer) }
        return "\(outer)/\(name)"
    }

    private static let folders = Mutex<[String]>([])

    /// Has them removed at the end, once.
    private static let removal: Void = {
        _ = atexit { TemporaryFiles.folders.withLock { $0.forEach(FolderTree.remove) } }
    }()

    private static func removeThoseOfTheDead(in root: String) {
        // What cannot be listed now is removed by a later run.
        for name in (try? Folder.names(in: root, ending: "")) ?? [] where name.hasPrefix(prefix) {
            let number = name.dropFirst(prefix.count).prefix { $0 != "-" }
            guard let process = pid_t(number), process > 0, kill(process, 0) != 0, errno == ESRCH else { continue }
            FolderTree.remove("\(root)/\(name)")
        }
    }
}
