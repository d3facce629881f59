import NeedletailDatasets
import NeedletailPlatform
import NeedletailSystem

/// A folder that appears under its name only once it is complete.
///
/// Its files go to a temporary folder beside it, which takes the name on ``commit()`` and is removed when the value
/// ends without it.
struct AtomicFolder: ~Copyable {
    /// Where to write.
    let temporaryPath: String
    private let path: String
    private var isCommitted = false

    /// - Parameter replaces: Whether a dataset that is there already may be replaced. Other files never are.
    /// - Throws: ``FileError``; ``AnnotationError`` when something is in the way.
    init(path: String, replaces: Bool) throws {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        self.path = path
        if Folder.exists(path), !(try Folder.isFolder(path) && FolderTree.isEmpty(path)) {
            try Self.checkReplaceable(path, replaces: replaces)
        }
        let parent = FilePath.parent(of: path)
        try FolderTree.make(parent)
        let temporaryPath = TemporaryName.path(beside: path)
        guard uninterrupted({ mkdir(temporaryPath, 0o777) }) == 0 else {
            throw FileError(path: path, action: "make this folder", code: errno)
        }
        self.temporaryPath = temporaryPath
    }

    deinit {
        if !isCommitted { FolderTree.remove(temporaryPath) }
    }

    private static let endings = [
        ".txt", ".xml", ".yaml", ".json", ".csv", ".data", ".names", ".needletail", ".jsonl",
        ".tfrecord", ".pbtxt", ".ini",
    ]

    private static func checkReplaceable(_ path: String, replaces: Bool) throws {
        guard replaces else {
            throw AnnotationError(
                .notFound, file: path, problem: "the destination exists",
                remedy: "Give another one, or replace it with \(setting: .overwriting)")
        }
        guard Folder.isFolder(path) else {
            throw AnnotationError(
                .notFound, file: path, problem: "the destination is a file, and the format is written as a folder",
                remedy: "Give another destination")
        }
        let foreign = try FolderTree.firstFile(in: path) { name in
            !endings.contains { name.hasSuffix($0) } && !PanopticFormat.isPicture(name)
        }
        if let foreign {
            throw AnnotationError(
                .notFound, file: path, problem: "the folder holds what is no annotation: \(foreign)",
                remedy: "Give another destination, or remove that folder yourself")
        }
    }

    /// The files of datasets that are one, whatever the images are called.
    private static let commonFiles: Set = [
        "dataset.yaml", "labelmap.txt", "obj.data", "obj.names", "class-descriptions-boxable.csv",
    ]
    /// The folders of datasets that hold a file for each image or split, with its ending.
    private static let commonFolders = [
        "labels": ".txt", "label_2": ".txt", "Annotations": ".xml", "ImageSets": ".txt",
    ]

    /// A file of the folder to be replaced that is none of a dataset: the new one has no file of its name, nor others of
    /// its kind in that folder below, and no format calls its files so.
    private func foreignFile() throws(FileError) -> String? {
        let new = Set(try Folder.files(below: temporaryPath))
        func kind(_ file: String) -> String {
            FilePath.parent(of: file) + " " + FilePath.splitEnding(file).ending
        }
        let kinds = Set(new.filter { $0.contains("/") }.map(kind))
        func isCommon(_ file: String) -> Bool {
            guard let slash = file.firstIndex(of: "/") else { return Self.commonFiles.contains(file) }
            return Self.commonFolders[String(file[..<slash])].map(file.hasSuffix) ?? false
        }
        return try Folder.files(below: path).first { file in
            !new.contains(file) && !kinds.contains(kind(file)) && !isCommon(file) && !file.hasSuffix(Sidecar.ending)
                && !Folder.isLink("\(path)/\(file)")
        }
    }

    /// Puts the complete folder under its name.
    mutating func commit() throws {
        var old: String?
        if Folder.exists(path), !(try FolderTree.isEmpty(path)) {
            if let foreign = try foreignFile() {
                throw AnnotationError(
                    .notFound, file: path, problem: "the folder holds what is no part of such a dataset: \(foreign)",
                    remedy: "Give another destination, or remove that folder yourself")
            }
            let aside = TemporaryName.path(beside: path)
            guard uninterrupted({ rename(path, aside) }) == 0 else {
                throw FileError(path: path, action: "replace", code: errno)
            }
            old = aside
        }
        guard uninterrupted({ rename(temporaryPath, path) }) == 0 else {
            let code = errno
            if let old { _ = uninterrupted { rename(old, path) } }
            throw FileError(path: path, action: "write", code: code)
        }
        isCommitted = true
        if let old { FolderTree.remove(old) }
    }
}
