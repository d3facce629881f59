import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// MOT Challenge: a folder for each sequence with `gt/gt.txt`, whose rows are `frame,track,left,top,width,height,flag,class,
/// visibility`, images in `img1`, and `seqinfo.ini`.
///
/// Coordinates are taken as they stand, as all trackers take them. What the flag 0 leaves out of the evaluation is a crowd
/// here. Classes are numbers whose names the challenge fixes, unless `gt/labels.txt` has others.
enum MOTFormat: DatasetCodec {
    static let isFolder = true

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "MOT Challenge")
        capabilities.crowds = true
        capabilities.splits = true
        capabilities.annotationFields = ["track_id", "visibility"]
        capabilities.madeUpFields = ["track_id", "visibility"]
        return capabilities
    }

    static let classes = [
        "pedestrian", "person on vehicle", "car", "bicycle", "motorbike", "non motorized vehicle", "static person",
        "distractor", "occluder", "occluder on the ground", "occluder full", "reflection", "crowd",
    ]

    /// The sequences below a folder, relative to it; of folders of sequences in folders of splits, too.
    private static func sequences(in folder: String) throws -> [String] {
        func isOne(_ path: String) -> Bool { Folder.exists("\(path)/gt/gt.txt") }
        if isOne(folder) { return [""] }
        let outer = try Folder.folders(in: folder).prefix(1000)
        let direct = outer.filter { isOne("\(folder)/\($0)") }
        if !direct.isEmpty { return Array(direct) }
        return try outer.filter { SplitName.usual($0) != nil }.flatMap { split in
            try Folder.folders(in: "\(folder)/\(split)").map { "\(split)/\($0)" }.filter { isOne("\(folder)/\($0)") }
        }
    }

    static func isLayout(_ folder: String, names: [String]) throws -> Bool { try !sequences(in: folder).isEmpty }

    static func begins(_ head: TextHead) -> Bool {
        let fields = head.fields(at: ",")
        return (9...10).contains(fields.count) && fields.areNumbers
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let batch = RecordBatch(source: 0)
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: path, format: .mot))
        guard Folder.isFolder(path) else {
            let folder = FilePath.parent(of: FilePath.parent(of: FilePath.absolute(path)))
            let sequence = try MOTSequence(path, folder: folder, name: "")
            builder.imageFolder = options.images ?? folder
            try sequence.read(into: batch, options)
            return build(&builder, [sequence], batch)
        }
        let names = try sequences(in: path)
        guard !names.isEmpty else {
            throw AnnotationError(
                .notFound, file: path, problem: "there is no sequence with gt/gt.txt",
                remedy: "Give the folder of a sequence, or of several")
        }
        builder.imageFolder = options.images ?? path
        let sequences = try names.map { name in
            let folder = name.isEmpty ? path : "\(path)/\(name)"
            return try MOTSequence("\(folder)/gt/gt.txt", folder: folder, name: name)
        }
        for sequence in sequences { try sequence.read(into: batch, options) }
        return build(&builder, sequences, batch)
    }

    private static func build(
        _ builder: inout DatasetBuilder, _ sequences: [MOTSequence], _ batch: RecordBatch
    ) -> Dataset {
        let found = Set(batch.categoryNames)
        var ids: [String: Int] = [:]
        for sequence in sequences {
            for (place, name) in sequence.classes.enumerated() where ids[name] == nil { ids[name] = place + 1 }
        }
        let known = found.filter { ids[$0] != nil }.sorted { (ids[$0] ?? 0, $0) < (ids[$1] ?? 0, $1) }
        builder.categories = known.map { Category(id: .integer(ids[$0] ?? 0), name: $0) }
        builder.append([batch])
        return builder.build()
    }

    static func writtenCategory(_ name: String) -> String { name.filter { !$0.isNewline }.trimmingSpaces() }

    static func writtenImages(_ dataset: Dataset) -> [String]? { try? MOTFrames(dataset).names }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        try MOTWriter(dataset).write(to: path, options.images)
    }
}
