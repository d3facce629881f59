import NeedletailDatasets
import NeedletailSystem

/// The names of files that are written for each image of a dataset: the image's own, made safe.
///
/// Backslashes separate folders as slashes do. Of an absolute path the last component counts.
struct OutputNames {
    /// Relative paths of the images.
    let images: [String]

    /// - Parameter strippedFolders: For each image a folder that its name may begin with and that is left off.
    /// - Throws: ``AnnotationError`` when a name is none or climbs out of its folder.
    init(_ dataset: Dataset, strippedFolder: (Int) -> String? = { _ in nil }) throws(AnnotationError) {
        var names: [String] = []
        names.reserveCapacity(dataset.images.count)
        for row in 0..<dataset.images.count {
            let name = dataset.images.fileNames[row]
            guard var path = Self.relativePath(name) else {
                throw AnnotationError(
                    .schema, file: dataset.file(ofImage: row), record: "images[\(row)] (id \(dataset.images.ids[row]))",
                    problem: "the file name \"\(name)\" leads out of the dataset's folder",
                    remedy: "Give the image a name without '..'")
            }
            if let folder = strippedFolder(row), path.hasPrefix(folder + "/") {
                path = String(path.dropFirst(folder.count + 1))
            }
            names.append(path)
        }
        images = names
    }

    /// A name as a path inside a folder; nil when it leads out of it or is empty.
    static func relativePath(_ name: String) -> String? {
        let needsNoChange = name.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") && $0 != 0 }
        if needsNoChange, !name.isEmpty, name != ".", name != ".." { return name }
        let isAbsolute = name.hasPrefix("/") || name.hasPrefix("\\") || name.dropFirst().hasPrefix(":")
        let parts = name.split { $0 == "/" || $0 == "\\" }.filter { $0 != "." }
        guard let last = parts.last, !name.contains("\0") else { return nil }
        if isAbsolute { return last == ".." ? nil : String(last) }
        return parts.contains("..") ? nil : parts.joined(separator: "/")
    }

    /// The names with another ending instead of the image's.
    ///
    /// - Parameter folders: Put before each name, with a slash.
    /// - Throws: ``AnnotationError`` when two images would share a file.
    func files(
        of dataset: Dataset, ending: String, folder: (Int) -> String = { _ in "" }
    ) throws(AnnotationError) -> [String] {
        var rows: [String: Int] = [:]
        rows.reserveCapacity(images.count)
        var files: [String] = []
        files.reserveCapacity(images.count)
        for (row, name) in images.enumerated() {
            let file = folder(row) + FilePath.stem(of: name) + ending
            if let other = rows.updateValue(row, forKey: file) {
                throw AnnotationError(
                    .schema, file: dataset.file(ofImage: row), record: "images[\(row)] (id \(dataset.images.ids[row]))",
                    problem: "\(dataset.images.fileNames[row]) and \(dataset.images.fileNames[other]) would share the "
                        + "annotation file \(file)",
                    remedy: "Rename one of them, or choose a format that is one file")
            }
            files.append(file)
        }
        return files
    }
}
