import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// What `dataset.yaml` says.
struct YOLOConfiguration {
    /// The file, or the folder where there is none.
    let file: String
    /// Names by their number, ascending.
    var names: [(number: Int, name: String)] = []
    /// The file that has the names.
    private(set) var namesFile: String
    /// What follows the boxes of a pose dataset.
    private(set) var pose: YOLOPose?
    /// How many classes there are, where that is said and is not how many names there are.
    private(set) var otherCount: String?
    /// Splits with their folders or lists of images, as they are written.
    var splits: [(name: String, entries: [String])] = []
    /// Folders that relative entries may be meant from, in the order in which they are tried.
    private var roots: [String] = []
    /// The folder of the dataset.
    let folder: String

    /// - Throws: ``FileError``; ``AnnotationError`` when the file is not YAML or names are not what they can be.
    init(yaml path: String) throws {
        file = path
        namesFile = path
        folder = FilePath.parent(of: path)
        let source = try ByteSource.smallAnnotations(path)
        let yaml: YAMLValue
        do { yaml = try YAMLReader.read(source) } catch { throw AnnotationError(error, in: source, record: nil) }
        names = try Self.names(yaml, file: path)
        pose = try YOLOPose(yaml["kpt_shape"], file: path)
        if let count = yaml["nc"]?.text, !count.isEmpty, !names.isEmpty, count != "\(names.count)" {
            otherCount = count
        }
        if let root = yaml["path"]?.text, !root.isEmpty {
            roots.append(root.hasPrefix("/") ? root : "\(folder)/\(root)")
        }
        roots.append(folder)
        for name in SplitName.usual {
            let value = yaml[name] ?? (name == "val" ? yaml["validation"] ?? yaml["valid"] : nil)
            guard let value, value != .scalar(""), let entries = value.texts, !entries.isEmpty else { continue }
            splits.append((name, entries))
        }
    }

    private static let listsOfClasses = ["classes.txt", "labels/classes.txt", "obj.names", "_darknet.labels"]

    /// The usual folders, where there is no `dataset.yaml`.
    init(folder: String) throws {
        file = folder
        self.folder = folder
        namesFile = folder
        roots = [folder]
        // Some exports have them in the folder of each split.
        let parts = [""] + (try Folder.folders(in: folder).filter { SplitName.usual($0) != nil }.map { "\($0)/" })
        let classes = parts.flatMap { part in Self.listsOfClasses.map { part + $0 } }
            .first { Folder.exists("\(folder)/\($0)") }
        if let classes {
            namesFile = "\(folder)/\(classes)"
            let source = try ByteSource.smallAnnotations(namesFile)
            names = TextLines(source).map { $0.string.trimmingSpaces() }.enumerated().map { ($0, $1) }
            while names.last?.name.isEmpty ?? false { names.removeLast() }
        }
        splits = try Self.splits(in: folder)
    }

    /// The splits that folders are called after: `images/train`, `train/images`, or `train` with images and labels in it.
    private static func splits(in folder: String) throws(FileError) -> [(name: String, entries: [String])] {
        let folders = try Folder.folders(in: folder)
        let images =
            folders.contains("images") ? "images" : folders.first { LabelPlaces.imageFolders.contains($0.lowercased()) }
        var inside: [String] = []
        for name in [images, "labels"].compactMap(\.self) where folders.contains(name) {
            inside += try Folder.folders(in: "\(folder)/\(name)")
        }
        var splits: [(name: String, entries: [String])] = []
        for usual in SplitName.usual {
            let names = Set(inside).filter { SplitName.usual($0) == usual }.sorted()
            if !names.isEmpty { splits.append((usual, names.map { "\(images ?? "images")/\($0)" })) }
        }
        if !splits.isEmpty { return splits }
        if images != nil || folders.contains("labels") { return [("train", [images ?? "images"])] }
        for usual in SplitName.usual {
            let names = folders.filter { SplitName.usual($0) == usual }
            let entries = names.map { name in
                ["images", "labels"].contains { Folder.isFolder("\(folder)/\(name)/\($0)") } ? "\(name)/images" : name
            }
            if !entries.isEmpty { splits.append((usual, entries)) }
        }
        return splits.isEmpty ? [("train", ["."])] : splits
    }

    private static func names(_ yaml: YAMLValue, file: String) throws(AnnotationError) -> [(number: Int, name: String)]
    {
        let failure = AnnotationError(
            .schema, file: file, problem: "names is neither a list nor a map from numbers to names",
            remedy: "Write names: {0: first, 1: second}")
        switch yaml["names"] {
        case .list(let values):
            let texts = values.compactMap(\.text)
            guard texts.count == values.count else { throw failure }
            return texts.enumerated().map { ($0, $1) }
        case .map(let entries):
            var names: [Int: String] = [:]
            for entry in entries {
                guard let number = Int(entry.key), number >= 0, let name = entry.value.text else { throw failure }
                names[number] = name
            }
            return names.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        case .scalar(let text) where !text.isEmpty: throw failure
        default: return []
        }
    }

    /// The folder or list that an entry means: the first place where there is one.
    ///
    /// An entry that begins with `../` is also tried without it, because exporting services write it so although
    /// the folder is beside the file. Of the path of another machine the longest end counts that is there.
    func location(of entry: String) -> String? {
        let entry = String(entry.map { $0 == "\\" ? "/" : $0 })
        let isDrive = entry.dropFirst().hasPrefix(":/")
        if entry.hasPrefix("/") || isDrive {
            return !isDrive && Folder.exists(entry)
                ? entry : end(of: entry.split(separator: "/").dropFirst(isDrive ? 1 : 0))
        }
        var relative = [entry]
        var shorter = entry[...]
        while shorter.hasPrefix("../") { shorter = shorter.dropFirst(3) }
        if shorter.count < entry.count { relative.append(String(shorter)) }
        for root in roots {
            for name in relative where Folder.exists("\(root)/\(name)") { return "\(root)/\(name)" }
        }
        // Labels without images.
        for root in roots {
            for name in relative where Folder.isFolder(Self.labelPath("\(root)/\(name)")) { return "\(root)/\(name)" }
        }
        return nil
    }

    /// The longest end of a path that is in the dataset; of single names only those that tell of a split or a list, since
    /// others would be the same for all.
    private func end(of parts: ArraySlice<Substring>) -> String? {
        var rest = parts
        while let last = rest.last {
            if rest.count == 1, SplitName.usual(last) == nil, !last.hasSuffix(".txt") { return nil }
            let path = rest.joined(separator: "/")
            for root in roots where Folder.exists("\(root)/\(path)") { return "\(root)/\(path)" }
            rest.removeFirst()
        }
        return nil
    }

    /// Where the labels of an image are, or of a folder of images: the last `images` in the path becomes `labels`.
    static func labelPath(_ path: String) -> String {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let place = parts.lastIndex(of: "images") else { return path }
        parts[place] = "labels"
        return parts.joined(separator: "/")
    }
}
