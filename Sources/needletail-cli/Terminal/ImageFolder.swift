import NeedletailData
import NeedletailDatasets
import NeedletailSystem

/// The image files that a person means by a path.
enum ImageFolder {
    static func exists(_ path: String) -> Bool { Folder.exists(path) }

    static func isFolder(_ path: String) -> Bool { Folder.isFolder(path) }

    /// Whether a path is a pipe or a terminal.
    static func isDevice(_ path: String) -> Bool { Folder.isDevice(path) }

    /// Whether a path lies in a folder, whether they exist or not.
    static func isBelow(_ path: String, _ folder: String) -> Bool {
        OutputFolder.canonical(path).hasPrefix(OutputFolder.canonical(folder) + "/")
    }

    /// Every file that looks by name like a picture that can be read: of a folder, in the order of names, or the files given.
    ///
    /// Links to folders are followed, each folder once.
    ///
    /// - Parameter warn: Told what of a folder is left out, and how much.
    /// - Returns: Paths with the names that their pictures are called by, and folders that could not be looked into.
    static func files(
        _ inputs: [String], isRecursive: Bool, warn: (String) -> Void
    ) throws -> (files: [(path: String, name: String)], lockedFolders: [String]) {
        var files: [(path: String, name: String)] = []
        var locked: [String] = []
        for input in inputs {
            guard exists(input) else {
                throw CommandError("\(input): there is no such file or folder. Give a photograph or a folder of them.")
            }
            guard isFolder(input) else {
                files.append((input, FilePath.fileName(of: input)))
                continue
            }
            let base = input.hasSuffix("/") ? input : input + "/"
            let contents = try FolderContents(input, depth: isRecursive ? .max : 1)
            let images = contents.files.filter(ImageFileName.isReadable)
            let others = try leftOut(contents, of: input, isRecursive: isRecursive)
            locked += contents.lockedFolders.map { $0.isEmpty ? input : base + $0 }
            guard !images.isEmpty || !contents.lockedFolders.isEmpty else {
                throw CommandError(
                    "\(input): there is no picture in this folder (\(ImageFileFormat.decodedNames))"
                        + (others.isEmpty ? "" : ", but \(others.joined(separator: ", "))")
                        + (isRecursive ? "." : "; --recursive looks into its folders, too."))
            }
            for other in others { warn("\(input): left out: \(other)") }
            files += images.map { (base + $0, $0) }
        }
        return (files, locked)
    }

    /// What a folder holds besides pictures that can be read, in words.
    private static func leftOut(
        _ contents: FolderContents, of folder: String, isRecursive: Bool
    ) throws(FileError) -> [String] {
        var others: [String] = []
        func add(_ count: Int, _ noun: String, _ rest: String) {
            if count > 0 { others.append("\(count) \(noun)\(count == 1 ? "" : "s")\(rest)") }
        }
        let endings = contents.files.filter { !ImageFileName.isReadable($0) }.compactMap(ImageFileName.imageExtension)
        let kinds = Dictionary(grouping: endings, by: \.self).sorted { $0.key < $1.key }
            .map { "\($0.value.count) .\($0.key)" }.joined(separator: ", ")
        add(endings.count, "picture", " of a format that is not read (\(kinds)), to be converted to JPEG or PNG")
        let names = contents.unreadableNames
        add(names.count, "file", " with a name that is not UTF-8, as \(names.first ?? "")")
        let links = contents.repeatedFolders
        add(links.count, "link", " to a folder that is looked into already, as \(links.first ?? "")")
        let folders = isRecursive ? [] : try Folder.folders(in: folder)
        add(folders.count, "folder", ", as \(folders.first ?? ""); --recursive looks into them")
        return others
    }
}
