import NeedletailDatasets
import NeedletailSystem

/// The image files of a folder, to find the one that an annotation file belongs to.
struct ImageFolderListing {
    let folder: String
    private var names: Set<String> = []
    private var namesByStem: [String: String] = [:]
    /// By the file's own name without extension; empty where several have it.
    private var namesByFile: [String: String] = [:]

    /// - Parameter folder: Names are relative to it, also those of images in folders below.
    /// - Throws: ``FileError`` where a folder cannot be looked into.
    init(_ folder: String) throws(FileError) {
        self.folder = folder
        for name in try Folder.files(below: folder) where ImageFileName.mayBeMeant(name) {
            names.insert(name)
            let stem = FilePath.stem(of: name)
            if namesByStem[stem] == nil { namesByStem[stem] = name }
            let file = FilePath.fileName(of: stem)
            namesByFile[file] = namesByFile[file] == nil ? name : ""
        }
    }

    /// A folder of which nothing is known.
    init(emptyFolder folder: String) { self.folder = folder }

    func contains(_ name: String) -> Bool { names.contains(name) }

    /// The names of the others, in order.
    func names(except known: Set<String>) -> [String] { names.subtracting(known).sorted() }

    /// The first image by name that has this name without extension.
    func name(ofStem stem: String) -> String? { namesByStem[stem] }

    /// The only image, in whatever folder, that has this file name without extension.
    func name(ofFileStem stem: String) -> String? {
        if let name = namesByStem[stem] { return name }
        return namesByFile[stem].flatMap { $0.isEmpty ? nil : $0 }
    }
}
