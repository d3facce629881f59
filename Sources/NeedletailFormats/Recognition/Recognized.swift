import NeedletailDatasets
import NeedletailSystem

/// What lies at a path: one dataset, or the splits of one, each in a folder or file of its own.
struct Recognized {
    struct Split {
        /// `train`, `val` or `test`.
        var name: String
        var path: String
    }

    var format: DatasetFormat
    /// The file or folder that the format's reader takes.
    var path: String
    /// The files or folders that the reader takes one after the other, where there is one for each split.
    var splits: [Split]?

    init(_ found: DatasetRecognition.Found) {
        (format, path) = found
    }

    /// Takes what was found for splits if all of it is of one format and each is called after another split, as the folders
    /// `train` and `valid` are and the files `instances_train.json` and `instances_val.json`.
    init?(splits found: [DatasetRecognition.Found], of path: String) {
        guard let first = found.first, found.allSatisfy({ $0.format == first.format }) else { return nil }
        var splits: [Split] = []
        for found in found {
            let relative = found.path.dropFirst(path.count).drop { $0 == "/" }
            let folder = relative.prefix { $0 != "/" }
            let name =
                SplitName.meant(by: folder) ?? SplitName.meant(by: FilePath.stem(of: FilePath.fileName(of: found.path)))
            guard !relative.isEmpty, let usual = name, !splits.contains(where: { $0.name == usual }) else { return nil }
            splits.append(Split(name: usual, path: found.path))
        }
        splits.sort { SplitName.order($0.name) < SplitName.order($1.name) }
        // One reader knows these folders itself, with the names of classes beside them.
        if first.format == .yolo,
            splits.allSatisfy({
                FilePath.parent(of: $0.path) == path && SplitName.usual(FilePath.fileName(of: $0.path)) != nil
            })
        {
            self.init((.yolo, path))
            return
        }
        self.init((first.format, path))
        self.splits = splits
    }

    /// The splits to read.
    ///
    /// - Parameter split: The one that is wanted; all unless given.
    /// - Throws: ``AnnotationError`` when it is not among them.
    static func chosen(_ split: String?, of splits: [Split], in path: String) throws(AnnotationError) -> [Split] {
        guard let split else { return splits }
        let chosen = splits.filter { SplitName.isSame($0.name, split) }
        guard chosen.isEmpty else { return chosen }
        throw AnnotationError(
            .notFound, file: path, problem: "there is no split \(split)",
            remedy: "It has \(splits.map(\.name).joined(separator: ", "))")
    }
}
