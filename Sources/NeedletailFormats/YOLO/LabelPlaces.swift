import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// Finds the folder of label files that belongs to a folder of images.
///
/// Ultralytics looks for `labels` in the place of the last `images` of the path, or else beside the images; Darknet beside
/// the images first. Where neither has labels, other usual places are tried, and one is taken if it alone has some.
struct LabelPlaces {
    /// The label files of one folder of images.
    struct Found {
        /// The folder, whose files are called as the images with another ending.
        var folder: String
        /// The names of its label files, relative to it.
        var files: Set<String> = []
        var remarks: [ReadingRemark] = []
    }

    static let labelFolders: Set<String> = [
        "labels", "label", "labels_yolo", "yolo_labels", "yolo", "annotations", "annotation", "txt", "ann",
    ]
    static let imageFolders: Set<String> = ["images", "image", "imgs", "img", "jpegimages"]
    private static let listsOfClasses: Set<String> = ["classes.txt", "_classes.txt", "predefined_classes.txt"]

    /// - Parameters:
    ///   - images: The folder of images.
    ///   - stems: The images in it, relative to it and without extension.
    ///   - root: The folder of the dataset.
    ///   - file: What messages name.
    static func find(for images: String, stems: Set<String>, root: String, file: String) throws(FileError) -> Found {
        let standard = YOLOConfiguration.labelPath(images)
        func count(_ files: Set<String>) -> Int { files.count { stems.contains(String($0.dropLast(4))) } }
        var found = Found(folder: standard, files: try labelFiles(of: standard))
        let isThere = found.files.contains { stems.contains(String($0.dropLast(4))) }
        guard !stems.isEmpty, !isThere else { return found }
        var others: [(folder: String, files: Set<String>)] = []
        for folder in try candidates(for: images, root: root) where folder != standard {
            let files = try labelFiles(of: folder)
            if count(files) > 0 { others.append((folder, files)) }
        }
        if others.count == 1, let other = others.first {
            found = Found(folder: other.folder, files: other.files)
            found.remarks = [
                ReadingRemark(
                    .labelsElsewhere, file: file, record: images,
                    detail: "\(count(other.files)) in \(other.folder) instead of \(standard)")
            ]
            return found
        }
        let lying =
            others.isEmpty
            ? try elsewhere(below: root, stems: stems)
            : others.map { "\(count($0.files)) in \($0.folder)" }.joined(separator: ", ")
        found.remarks = [
            ReadingRemark(
                .missingLabels, file: file, record: images,
                detail: "looked for in \(standard)" + (lying.isEmpty ? "" : "; label files are elsewhere: \(lying)"))
        ]
        return found
    }

    /// The text files of a folder that may hold labels, relative to it.
    static func labelFiles(of folder: String) throws(FileError) -> Set<String> {
        Set(
            try FolderContents(folder).files.filter {
                $0.hasSuffix(".txt") && !listsOfClasses.contains(FilePath.fileName(of: $0))
                    && !FilePath.fileName(of: $0).hasPrefix("README")
            })
    }

    /// Folders in which the labels of a folder of images may be, other than where they should.
    private static func candidates(for images: String, root: String) throws(FileError) -> [String] {
        var folders = [images]
        func add(_ folder: String) { if Folder.isFolder(folder), !folders.contains(folder) { folders.append(folder) } }
        func addLabelFolders(in parent: String, then rest: String) throws(FileError) {
            for name in try Folder.folders(in: parent) where labelFolders.contains(name.lowercased()) {
                let folder = FilePath.join(parent, name)
                add(rest.isEmpty ? folder : FilePath.join(folder, rest))
                if !rest.isEmpty { add(folder) }
            }
        }
        // In the place of any folder that says it holds images, or below the split that it stands in.
        let parts = images.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        for place in parts.indices where imageFolders.contains(parts[place].lowercased()) {
            let parent = parts[..<place].joined(separator: "/")
            try addLabelFolders(
                in: parent.isEmpty ? (images.hasPrefix("/") ? "/" : ".") : parent,
                then: parts[(place + 1)...].joined(separator: "/"))
        }
        let relative = FilePath.relative(images, to: root)
        try addLabelFolders(in: images, then: "")
        try addLabelFolders(in: FilePath.parent(of: images), then: FilePath.fileName(of: images))
        if !relative.hasPrefix("/") {
            // `labels/train` for `train` or `train/images`, and `train/labels` for `images/train`.
            let rest = relative.split(separator: "/").filter { !imageFolders.contains($0.lowercased()) }
            try addLabelFolders(in: root, then: rest.joined(separator: "/"))
            if let split = rest.first { try addLabelFolders(in: FilePath.join(root, String(split)), then: "") }
        }
        return folders
    }

    /// Where below the dataset's folder there are text files called as the images, in words.
    private static func elsewhere(below root: String, stems: Set<String>) throws(FileError) -> String {
        let files = Set(stems.map { FilePath.fileName(of: $0) })
        var counts: [String: Int] = [:]
        for name in try labelFiles(of: root) where files.contains(FilePath.stem(of: FilePath.fileName(of: name))) {
            counts[FilePath.join(root, FilePath.parent(of: name)), default: 0] += 1
        }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(4)
            .map { "\($0.value) in \($0.key)" }.joined(separator: ", ")
    }

    /// An issue for each label file that no image has.
    static func unmatched(_ files: Set<String>, in folder: String, stems: Set<String>) -> [ReadingRemark] {
        files.filter { !stems.contains(String($0.dropLast(4))) }.sorted().map { "\(folder)/\($0)" }
            .filter(holdsRows).map { ReadingRemark(.labelWithoutImage, file: $0, record: "file") }
    }

    /// Whether a text file is empty or begins as a label file does; lists and notes do not.
    private static func holdsRows(_ path: String) -> Bool {
        guard let source = try? ByteSource(reading: path) else { return false }
        let line = source.text.split { $0 == 0x0A }.first { $0.contains { $0 > 0x20 } }
        guard let fields = line?.split(whereSeparator: { $0 <= 0x20 }) else { return true }
        return fields.count >= 5 && fields.allSatisfy { TextNumber.double(UnsafeBufferPointer(rebasing: $0)) != nil }
    }
}
