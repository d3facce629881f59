import NeedletailDatasets
import NeedletailSystem
import NeedletailText

/// The lists in `ImageSets/Main` of a Pascal VOC dataset.
struct VOCImageSets {
    let folder: String
    /// The names of the annotation files without their extension.
    let stems: Set<String>
    let isImage: (String) -> Bool

    init(folder: String, stems: [String], isImage: @escaping (String) -> Bool) {
        self.folder = "\(folder)/ImageSets/Main"
        self.stems = Set(stems)
        self.isImage = isImage
    }

    /// The images of a list, in its order.
    ///
    /// - Throws: ``AnnotationError`` when there is no such list or it names an image without annotations.
    func stems(ofSplit split: String) throws -> [String] {
        var path = "\(folder)/\(split).txt"
        if !Folder.exists(path) {
            let known = try Folder.names(in: folder, ending: ".txt").map { String($0.dropLast(4)) }
            let alike = known.filter { SplitName.isSame($0, split) }
            if alike.count == 1 { path = "\(folder)/\(alike[0]).txt" }
        }
        guard Folder.exists(path) else {
            let known = try Folder.names(in: folder, ending: ".txt").map { String($0.dropLast(4)) }
            throw AnnotationError(
                .notFound, file: path, problem: "there is no list of the split \(split)",
                remedy: known.isEmpty
                    ? "Read the folder without a split" : "The folder has \(known.joined(separator: ", "))")
        }
        var chosen: [String] = []
        var seen: Set<String> = []
        for line in TextLines(try ByteSource.smallAnnotations(path)) {
            let fields = line.string.split { $0 == " " || $0 == "\t" }.map { String($0).trimmingSpaces() }
            // The lists of one class mark images that do not hold it with -1.
            guard let first = fields.first, fields.count < 2 || fields.last != "-1" else { continue }
            // A name may have spaces in it, and the membership may stand behind it.
            let whole = line.string.trimmingSpaces()
            let stem = [whole, FilePath.stem(of: whole), first, FilePath.stem(of: first)].first(where: stems.contains)
            guard let stem else {
                let named = first.hasSuffix(".xml") || isImage(first) ? FilePath.stem(of: first) : first
                throw AnnotationError(
                    .notFound, file: path, line: line.number, problem: "there is no annotation file \(named).xml",
                    remedy: "Add the file or remove the line")
            }
            if seen.insert(stem).inserted { chosen.append(stem) }
        }
        return chosen
    }

    /// Which of the lists that a dataset is usually divided into has each image, where there are several; lists that
    /// are no good have none.
    func splitOfEachStem() -> [String: String] {
        var splits: [String: String] = [:]
        let lists = ["train", "val", "test"].filter { Folder.exists("\(folder)/\($0).txt") }
        guard lists.count > 1 else { return [:] }
        for split in lists {
            for stem in (try? stems(ofSplit: split)) ?? [] where splits[stem] == nil { splits[stem] = split }
        }
        return splits
    }
}
