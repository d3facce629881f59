import NeedletailDatasets
import NeedletailSystem

/// Finds out which format lies at a path, from content alone.
struct DatasetRecognition {
    /// A format and the file or folder that its reader takes.
    typealias Found = (format: DatasetFormat, path: String)

    var split: String?
    /// How many files of one kind in a folder are looked into.
    private static let sampleCount = 12

    /// The one reading of what lies at `path`.
    ///
    /// - Parameter format: Given by a person; then only the file or folder is looked for.
    func recognize(_ path: String, as format: DatasetFormat? = nil) throws -> Recognized {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard Folder.isFolder(path) else {
            if let format {
                // What comes from a pipe can be read but once.
                if !Folder.isDevice(path) { try ForeignContent.check(try ByteSource(contentsOf: path)) }
                return Recognized((format, path))
            }
            let formats = try FileContent(path).formats
            return Recognized(try single(formats.map { ($0, path) }, in: path))
        }
        var found = try candidates(inFolder: path)
        // A table that does not say its classes may be notes beside a dataset in a folder below.
        if found.allSatisfy({ $0.format == .csv && !CSVFormat.namesClasses($0.path) }) {
            var below: [Found] = []
            for name in try Folder.names(in: path, ending: "").prefix(64) where Folder.isFolder("\(path)/\(name)") {
                below += try candidates(inFolder: "\(path)/\(name)")
            }
            if !below.isEmpty { found = below }
        }
        if let format {
            found = found.filter { $0.format == format || $0.format == format.family }.map { (format, $0.path) }
            if found.isEmpty { return Recognized((format, path)) }
        }
        if found.count > 1 { found = found.filter { !Self.isLocalised($0) } }
        return try Recognized(splits: found, of: path) ?? Recognized(single(joined(found, in: path), in: path))
    }

    /// A format with a file for each image keeps images of several folders in such folders.
    private func joined(_ found: [Found], in path: String) -> [Found] {
        guard found.count > 1, split == nil, found.allSatisfy({ $0.format == .labelme }) else { return found }
        return [(.labelme, path)]
    }

    private func single(_ found: [Found], in path: String) throws -> Found {
        var found = found
        if found.count > 1, let split {
            let named = found.filter { $0.path.dropFirst(path.count).contains(split) }
            if !named.isEmpty { found = named }
        }
        guard let first = found.first else {
            try UnrecognizedFolder.check(path)
            throw AnnotationError(
                .notFound, file: path, problem: "no dataset was recognised here",
                remedy: """
                    Give the annotation file or its folder, and the format with \(setting: .format); \
                    \(verb: .listFormats) names the formats
                    """)
        }
        guard found.count == 1 else {
            let names = found.prefix(8).map { found in
                found.path == path ? found.format.rawValue : "\(found.path) (\(found.format.rawValue))"
            }
            let isOneFile = found.allSatisfy { $0.path == first.path }
            throw AnnotationError(
                .notFound, file: path,
                problem: "this could be read in more than one way: \(names.joined(separator: ", "))"
                    + (found.count > 8 ? " ..." : ""),
                remedy: isOneFile
                    ? "Say which it is with \(setting: .format)"
                    : "Give one of them, or choose with \(setting: .split) or \(setting: .format)")
        }
        return first
    }

    /// COCO's captions, keypoints and panoptic segments lie beside its boxes and describe the same images.
    private static func isLocalised(_ found: Found) -> Bool {
        let name = FilePath.fileName(of: found.path)
        return found.format == .coco
            && (name.hasPrefix("captions_") || name.hasPrefix("person_keypoints_")
                || name.hasPrefix("panoptic_") && PanopticFormat.hasPictures(found.path))
    }

    // MARK: Folders

    private func candidates(inFolder folder: String) throws -> [Found] {
        let names = try Folder.names(in: folder, ending: "")
        var found: [Found] = []
        if let layout = try FolderLayout(folder, names: names).format { found.append((layout, folder)) }
        let lists = names.filter { name in [".yaml", ".yml", ".data"].contains { name.hasSuffix($0) } }
        for name in lists where !(try FileContent("\(folder)/\(name)").formats.isEmpty) {
            found.append((name.hasSuffix(".data") ? .darknet : .yolo, "\(folder)/\(name)"))
        }
        // The layout alone says less than the file that describes it.
        if found.count > 1, found.contains(where: { $0.path != folder && $0.format == .yolo }) {
            found.removeAll { $0.path == folder }
        }
        for place in [folder, "\(folder)/annotations"] {
            found += try candidates(amongFilesOf: place, foundFor: folder)
        }
        return found
    }

    /// Endings of files that hold whole datasets, or are those of one image.
    private static let endings = [".json", ".csv", ".xml", ".jsonl", ".ndjson", ".odgt", ".manifest"]

    /// Whole datasets in single files, and folders of one file an image.
    private func candidates(amongFilesOf folder: String, foundFor parent: String) throws -> [Found] {
        let names = try Folder.names(in: folder, ending: "")
        var found: [Found] = []
        for ending in Self.endings {
            found += try candidates(among: names, ending: ending, of: folder, foundFor: parent)
        }
        // Text files are the labels of single images as often as not.
        return try found.isEmpty ? candidates(among: names, ending: ".txt", of: folder, foundFor: parent) : found
    }

    private func candidates(
        among names: [String], ending: String, of folder: String, foundFor parent: String
    ) throws -> [Found] {
        var found: [Found] = []
        for name in names.lazy.filter({ $0.hasSuffix(ending) }).prefix(Self.sampleCount) {
            let path = "\(folder)/\(name)"
            guard let formats = try? FileContent(path).formats, let format = formats.first else { continue }
            switch format {
            // Folders of these are recognised by their layout; results are no dataset.
            case .voc, .cocoResults: continue
            case .csv where !CSVFormat.isUnderstood(path): continue
            // Notes about the classes, which Label Studio puts beside YOLO's labels.
            case .coco where !JSONContent.listsImages(path): continue
            case let format where format.isFolder:
                if try format.codec.isLayout(folder, names: names) { continue }
                let root = format == .datumaro ? parent : folder
                if !found.contains(where: { $0.format == format && $0.path == root }) { found.append((format, root)) }
            default: found += formats.map { ($0, path) }
            }
        }
        return found
    }
}
