import NeedletailPlatform

/// The files below a folder, and what lies there and was not gone into.
///
/// Links to folders are followed. A folder is gone into once: one that a link leads back to, or that is reached a second
/// time, is left out and named.
package struct FolderContents: Sendable {
    /// Relative to the folder, sorted by their bytes; hidden ones left out.
    package private(set) var files: [String] = []
    /// Links to folders that lead to one that was gone into already.
    package private(set) var repeatedFolders: [String] = []
    /// Entries whose names are not UTF-8, as far as they can be written: no path leads to them.
    package private(set) var unreadableNames: [String] = []

    /// Folders that are not there or that nobody may look into, relative to the folder; it is itself the empty path.
    package private(set) var lockedFolders: [String] = []

    private var seen: Set<Identity> = []

    private struct Identity: Hashable {
        var device: UInt64
        var number: UInt64
    }

    /// Folders deeper than this are not gone into.
    private static let depthLimit = 64

    /// - Parameters:
    ///   - depth: How many folders deep files are looked for; 1 for those of the folder alone.
    ///   - isSkipped: Whether a folder, relative to the outermost, is left out without a word.
    /// - Throws: ``FileError`` where the system cannot tell all that a folder holds.
    package init(
        _ folder: String, depth: Int = depthLimit, isSkipped: (String) -> Bool = { _ in false }
    ) throws(FileError) {
        try gather(folder, prefix: "", depth: min(depth, Self.depthLimit), isSkipped)
        files.sort()
    }

    private mutating func gather(
        _ folder: String, prefix: String, depth: Int, _ isSkipped: (String) -> Bool
    ) throws(FileError) {
        guard depth > 0 else { return }
        var folders: [(name: String, isLink: Bool)] = []
        do throws(FileError) {
            let stream = try DirectoryStream(folder)
            guard let status = stream.status else {
                throw FileError(path: folder, action: "look into this folder", code: errno)
            }
            let identity = Identity(
                device: UInt64(truncatingIfNeeded: status.st_dev), number: UInt64(status.st_ino))
            guard seen.insert(identity).inserted else {
                repeatedFolders.append(String(prefix.dropLast()))
                return
            }
            while let entry = try stream.next() {
                let kind = Int32(entry.pointee.d_type)
                guard let name = Folder.name(of: entry, undecodable: { unreadableNames.append(prefix + $0) }),
                    !name.hasPrefix(".")
                else { continue }
                if kind == DT_DIR || (kind != DT_REG && Folder.isFolder("\(folder)/\(name)")) {
                    folders.append((name, kind != DT_DIR))
                } else {
                    files.append(prefix + name)
                }
            }
        } catch {
            guard error.isAbsence || error.isRefusal else { throw error }
            lockedFolders.append(String(prefix.dropLast()))
            return
        }
        // Folders before links to them, so that files go by their own path.
        folders.sort { ($0.isLink ? 1 : 0, $0.name) < ($1.isLink ? 1 : 0, $1.name) }
        for (name, _) in folders where !isSkipped(prefix + name) {
            try gather("\(folder)/\(name)", prefix: "\(prefix)\(name)/", depth: depth - 1, isSkipped)
        }
    }
}
