import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// What the names of files in a folder say about its format.
struct FolderLayout {
    let format: DatasetFormat?

    /// - Throws: ``FileError`` where a folder cannot be looked into.
    init(_ folder: String, names: [String]) throws {
        if let own = try DatasetFormat.allCases.first(where: { try $0.codec.isLayout(folder, names: names) }) {
            format = own
        } else if try Self.holdsVOC("\(folder)/Annotations", isNamedSo: true)
            || Self.holdsVOC(folder, isNamedSo: false)
        {
            format = .voc
        } else if names.contains("labels"), try Self.holdsLabels("\(folder)/labels", columns: 5) {
            format = .yolo
        } else if try Self.holdsLabels("\(folder)/label_2", columns: 15)
            || Self.holdsLabels("\(folder)/labels", columns: 15) || Self.holdsLabels(folder, columns: 15)
        {
            format = .kitti
        } else if names.contains("labels"), names.contains("images") {
            format = .yolo
        } else if try Self.holdsLabels(folder, columns: 5) || Self.holdsLabelsBeside(folder, names: names) {
            format = .yolo
        } else {
            format = nil
        }
    }

    /// Whether the first XML files are Pascal VOC's, or in a folder named as VOC names it at least not of another
    /// format.
    private static func holdsVOC(_ folder: String, isNamedSo: Bool) throws(FileError) -> Bool {
        try files(in: folder, ending: ".xml", looksDeeper: isNamedSo).prefix(4).contains { file in
            guard let formats = formats(of: file) else { return isNamedSo }
            return formats.contains(.voc) || (isNamedSo && formats.isEmpty)
        }
    }

    // Apart from what throws, because of a fault of the compiler (6.3): optimised, an error that `try?` has caught ends a
    // function that throws all the same.

    @inline(never)
    private static func formats(of file: String) -> [DatasetFormat]? { (try? FileContent(file))?.formats }

    @inline(never)
    private static func text(of file: String) -> ByteSource? { try? ByteSource.annotations(file, as: .json) }

    /// Whether a folder of images has one of labels beside it that is called otherwise than usual.
    private static func holdsLabelsBeside(_ folder: String, names: [String]) throws(FileError) -> Bool {
        guard names.contains(where: { LabelPlaces.imageFolders.contains($0.lowercased()) }) else { return false }
        for name in names where LabelPlaces.labelFolders.contains(name.lowercased()) {
            if try holdsLabels("\(folder)/\(name)", columns: 5) { return true }
        }
        return false
    }

    /// The first files of a folder by the end of their name; where it has none, those of its folders, in which images
    /// are kept apart by split.
    static func files(in folder: String, ending: String, looksDeeper: Bool = true) throws(FileError) -> [String] {
        let files = try Folder.names(in: folder, ending: ending).prefix(200).map { "\(folder)/\($0)" }
        guard files.isEmpty, looksDeeper else { return files }
        var deeper: [String] = []
        for name in try Folder.names(in: folder, ending: "").prefix(8) {
            let folder = "\(folder)/\(name)"
            if Folder.isFolder(folder) {
                deeper += try Folder.names(in: folder, ending: ending).prefix(50).map { "\(folder)/\($0)" }
            }
        }
        return deeper
    }

    /// Whether the first lines in a folder of text files, or in a folder of such folders, have so many columns;
    /// fifteen also stands for KITTI's sixteenth, a score.
    private static func holdsLabels(_ folder: String, columns: Int) throws(FileError) -> Bool {
        for file in try files(in: folder, ending: ".txt") where !file.hasSuffix("/classes.txt") {
            guard let source = text(of: file) else { continue }
            let fields = source.text.prefix { $0 != 0x0A }.split { $0 <= 0x20 }
            guard let first = fields.first else { continue }
            let startsWithNumber = first.allSatisfy { $0 &- 0x30 <= 9 }
            if columns == 5 { return fields.count >= 5 && startsWithNumber }
            let numbers = fields.drop { TextNumber.double(UnsafeBufferPointer(rebasing: $0)) == nil }
            return (numbers.count == 14 || numbers.count == 15) && !startsWithNumber
        }
        return false
    }
}
