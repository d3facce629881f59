import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem

/// Writes the sequences of a MOT dataset.
struct MOTWriter {
    private let dataset: Dataset
    private let frames: MOTFrames
    /// For each category the number of its class.
    private let classes: [Int]
    private let hasOwnClasses: Bool

    init(_ dataset: Dataset) throws {
        self.dataset = dataset
        frames = try MOTFrames(dataset)
        let used = Set(dataset.annotations.categories.map { Int($0) })
        let places = dataset.categories.map { MOTFormat.classes.firstIndex(of: $0.name) }
        let isOwn = used.contains { places[$0] == nil }
        hasOwnClasses = isOwn
        classes = places.enumerated().map { (isOwn ? $0 : $1 ?? 0) + 1 }
    }

    func write(to path: String, _ images: ImageTransfer) throws {
        for sequence in frames.sequences {
            let folder = "\(path)/\(sequence.folder)"
            try FolderTree.make("\(folder)/gt")
            try writeRows(sequence, to: "\(folder)/gt/gt.txt")
            if hasOwnClasses {
                let lines = dataset.categories.map { MOTFormat.writtenCategory($0.name) + "\n" }
                try AtomicFile.write(lines.joined(), to: "\(folder)/gt/labels.txt")
            }
            try AtomicFile.write(information(sequence), to: "\(folder)/seqinfo.ini")
        }
        try ImagePlacement(dataset, images).place(frames.names, in: path)
    }

    private func information(_ sequence: MOTFrames.Sequence) -> String {
        let name = FilePath.fileName(of: sequence.folder).filter { !$0.isNewline }
        // Readers of such files want all of these; how fast frames followed one another is not known.
        var lines = ["[Sequence]", "name=\(name)", "imDir=img1", "frameRate=30", "seqLength=\(sequence.rows.count)"]
        let image = dataset.images[sequence.rows[0]]
        if image.hasSize { lines += ["imWidth=\(image.width)", "imHeight=\(image.height)"] }
        return (lines + ["imExt=\(sequence.ending)", ""]).joined(separator: "\n")
    }

    private func writeRows(_ sequence: MOTFrames.Sequence, to path: String) throws {
        var next = 1
        for row in sequence.rows {
            for annotation in dataset.annotations(ofImage: row) {
                if let track = track(dataset.fields(ofAnnotation: annotation)) { next = max(next, track + 1) }
            }
        }
        var file = try AtomicFile(path: path)
        file.write { (buffer: inout ByteBuffer) in
            for (frame, row) in sequence.rows.enumerated() {
                for annotation in dataset.annotations(ofImage: row) {
                    guard let box = dataset.writableBox(annotation) else { continue }
                    let record = dataset.annotations[annotation], fields = dataset.fields(ofAnnotation: annotation)
                    buffer.appendInteger(frame + 1)
                    buffer.append(",")
                    let track = track(fields)
                    buffer.appendInteger(track ?? next)
                    if track == nil { next += 1 }
                    for value in [box.x, box.y, box.width, box.height] {
                        buffer.append(",")
                        buffer.appendDouble(value)
                    }
                    buffer.append(record.isCrowd ? ",0," : ",1,")
                    buffer.appendInteger(classes[record.category])
                    buffer.append(",")
                    buffer.appendDouble(fields.double("visibility") ?? 1)
                    buffer.append("\n")
                }
            }
        }
        try file.commit()
    }

    private func track(_ fields: RecordFields) -> Int? {
        fields.integer("track_id").flatMap { (0..<1 << 53).contains($0) ? $0 : nil }
    }
}
