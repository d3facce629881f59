#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
import NeedletailSystem

/// The image files that a person means by a path.
enum ImageFolder {
    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    static func isFolder(_ path: String) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
    }

    /// Whether a path is a pipe or a terminal.
    static func isDevice(_ path: String) -> Bool { Folder.isDevice(path) }

    /// Every file that looks like a JPEG or PNG by name: of a folder, in the order of names, or the files given.
    ///
    /// - Returns: Paths with the names that their pictures are called by, and folders that could not be looked into.
    static func files(
        _ inputs: [String], isRecursive: Bool
    ) throws -> (files: [(path: String, name: String)], lockedFolders: [String]) {
        var files: [(path: String, name: String)] = []
        var locked: [String] = []
        for input in inputs {
            guard exists(input) else {
                throw CommandError("\(input): there is no such file or folder. Give a photograph or a folder of them.")
            }
            guard isFolder(input) else {
                files.append((input, input.split(separator: "/").last.map(String.init) ?? input))
                continue
            }
            let base = input.hasSuffix("/") ? input : input + "/"
            let lockedBefore = locked.count
            let images = names(in: base, below: "", isRecursive: isRecursive, locked: &locked)
                .filter { isImageName($0) }.sorted()
            guard !images.isEmpty || locked.count > lockedBefore else {
                throw CommandError(
                    "\(input): there is no JPEG or PNG file in this folder\(isRecursive ? "" : "; --recursive looks into its folders too")."
                )
            }
            files += images.map { (base + $0, $0) }
        }
        return (files, locked)
    }

    private static func names(
        in base: String, below folder: String, isRecursive: Bool, locked: inout [String]
    ) -> [String] {
        guard let entries = try? FileManager.default.contentsOfDirectory(atPath: base + folder) else {
            locked.append(base + folder)
            return []
        }
        var names: [String] = []
        for entry in entries.sorted() {
            let name = folder + entry
            names.append(name)
            // Links to folders are not followed: they may lead back up.
            if isRecursive, Folder.isFolder(base + name), !Folder.isLink(base + name) {
                names += self.names(in: base, below: name + "/", isRecursive: true, locked: &locked)
            }
        }
        return names
    }

    private static func isImageName(_ name: String) -> Bool {
        let lower = name.lowercased()
        return [".jpg", ".jpeg", ".jpe", ".png"].contains { lower.hasSuffix($0) }
            && !(name.split(separator: "/").last?.hasPrefix(".") ?? false)
    }
}
