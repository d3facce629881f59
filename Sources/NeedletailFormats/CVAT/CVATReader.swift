import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Reads a CVAT file.
///
/// A turned box gets the extent of its corners, which are kept as a polygon; ellipses, lines, points, masks, cuboids and
/// skeletons get their extent and keep what they are in fields. Tags stand in the field `tags` of their image. Of a file for
/// video every frame is an image, `frame_000000` and on; tracks are followed from key to key.
final class CVATReader {
    private let path: String
    private let options: ReadingOptions
    let batch = RecordBatch(source: 0)
    private let elements = XMLElementCollector()
    private var labels: [String] = []
    /// The label that is being defined; a point of a skeleton is none of its own.
    private var label = (name: "", isPoint: false)
    private var image: OpenImage?
    private var track: CVATTrack?
    private var tracks: [CVATTrack] = []
    /// What the file says of the video: how many frames and how large they are.
    private var video = (frames: 0, width: 0, height: 0)

    /// No video is longer, and no file holds more boxes; what says so is wrong.
    private static let most = (frames: 1_000_000, boxes: 50_000_000)

    /// An image and what is in it, as far as it has been read.
    struct OpenImage {
        var id: RecordID?
        var name: String
        var size: [Int]
        var others: [(name: String, value: String)]
        var tags: [XMLElement] = []
        var shapes: [CVATShape] = []
        var unknown: [String] = []
    }

    init(_ path: String, _ options: ReadingOptions) {
        self.path = path
        self.options = options
    }

    func read() throws -> Dataset {
        var isCVAT = false
        let source = try ByteSource.annotations(path, as: .xml)
        do {
            try XMLDocumentReader.read(
                source,
                begin: { reader, attributes in
                    if reader.path.count == 1 { isCVAT = reader.path[0] == "annotations" }
                    try self.begin(reader, attributes)
                }, end: { try self.end($0) })
        } catch { throw AnnotationError(error, in: source, record: nil) }
        guard isCVAT else {
            throw AnnotationError(
                .schema, file: path, line: 1, problem: "the outermost element is not annotations",
                remedy: "Export the task as CVAT for images 1.1")
        }
        if !tracks.isEmpty { try addFrames() }
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: path, format: .cvat))
        builder.provenance.split = options.split
        builder.imageFolder = options.images ?? FilePath.parent(of: path)
        builder.categories = labels.enumerated().map { Category(id: .integer($0 + 1), name: $1) }
        builder.append([batch])
        return builder.build()
    }

    private func begin(_ reader: XMLDocumentReader, _ attributes: XMLDocumentReader.Attributes) throws {
        let name = reader.path[reader.path.count - 1]
        if elements.isCollecting { return elements.begin(name, attributes) }
        switch reader.path.count {
        case 2 where name == "image":
            reader.recordName = "image[\(batch.images.count)]"
            try beginImage(reader, attributes)
        case 2 where name == "track":
            reader.recordName = "track[\(tracks.count)]"
            guard let label = attributes["label"] else {
                throw XMLDocumentReader.Problem(problem: "the track has no label", remedy: "Add the attribute label")
            }
            track = CVATTrack(label: label, id: attributes["id"])
        case 3 where reader.path[1] == "image" || reader.path[1] == "track": elements.begin(name, attributes)
        case let count where count >= 3 && name == "label": label = ("", false)
        default: break
        }
    }

    private func beginImage(_ reader: XMLDocumentReader, _ attributes: XMLDocumentReader.Attributes) throws {
        if let split = options.split, !SplitName.isSame(attributes["subset"] ?? "", split) { return }
        guard let name = attributes["name"], !name.isEmpty else {
            throw XMLDocumentReader.Problem(problem: "the image has no name", remedy: "Add the attribute name")
        }
        var size: [Int] = []
        for key in ["width", "height"] {
            let value = try attributes[key].map { try reader.number($0, named: key) } ?? 0
            size.append(Int(exactly: value.rounded()) ?? 0)
        }
        image = OpenImage(
            id: attributes["id"].flatMap(Int.init).map(RecordID.integer), name: name, size: size,
            others: attributes.all.filter { !["id", "name", "width", "height"].contains($0.name) })
    }

    private func end(_ reader: XMLDocumentReader) throws {
        if elements.isCollecting {
            guard let element = elements.end(reader.value) else { return }
            if image != nil { try take(element, reader) } else if track != nil { try takeKey(element, reader) }
            return
        }
        let path = reader.path
        let name = path[path.count - 1]
        switch path.count {
        case 2 where name == "image":
            if let image { add(image) }
            image = nil
            reader.recordName = nil
        case 2 where name == "track":
            if let track { tracks.append(track) }
            track = nil
            reader.recordName = nil
        // Of the task or the job alone: those of its labels and segments are deeper.
        case 4 where path[1] == "meta" && name == "size": video.frames = Int(reader.value) ?? 0
        case 4...5 where path[path.count - 2] == "original_size" && name == "width":
            video.width = Int(reader.value) ?? 0
        case 4...5 where path[path.count - 2] == "original_size" && name == "height":
            video.height = Int(reader.value) ?? 0
        case let count where count >= 4 && path[count - 2] == "label":
            if name == "name" { label.name = reader.value }
            if name == "parent", !reader.value.isEmpty { label.isPoint = true }
        case let count where count >= 3 && name == "label":
            if !label.name.isEmpty, !label.isPoint, !labels.contains(label.name) { labels.append(label.name) }
        default: break
        }
    }

    private func take(_ element: XMLElement, _ reader: XMLDocumentReader) throws {
        if CVATShape.names.contains(element.name) {
            image?.shapes.append(try CVATShape(element, reader))
        } else if element.name == "tag" {
            image?.tags.append(element)
        } else {
            image?.unknown.append(element.name)
        }
    }

    // MARK: Video

    private func takeKey(_ element: XMLElement, _ reader: XMLDocumentReader) throws {
        guard let track, CVATShape.names.contains(element.name) else { return }
        func value(_ key: String) -> String? { element.attributes.first { $0.name == key }?.value }
        guard let frame = value("frame").flatMap(Int.init), (0..<Self.most.frames).contains(frame) else {
            throw XMLDocumentReader.Problem(
                problem: "the frame of a shape is \(value("frame") ?? "missing"), which is none of 0 to "
                    + "\(Self.most.frames - 1)",
                remedy: "Correct the attribute frame")
        }
        self.track?.append(
            CVATTrack.Key(
                frame: frame, shape: try CVATShape(element, reader, track: track.label),
                isOutside: value("outside") == "1"))
    }

    /// Makes an image of every frame, with the shapes of all tracks in it.
    private func addFrames() throws {
        let last = tracks.map(\.lastFrame).max() ?? -1
        let count = max(last + 1, min(max(video.frames, 0), Self.most.frames))
        var shapes = [[CVATShape]](repeating: [], count: count)
        var total = 0
        for track in tracks {
            try track.forEachShape(before: count) { frame, shape in
                total += 1
                guard total <= Self.most.boxes else {
                    throw AnnotationError(
                        .schema, file: path, problem: "its tracks come to more than \(Self.most.boxes) boxes",
                        remedy: "Export a part of the video")
                }
                var shape = shape
                if let id = track.id { shape.others.append((name: "track_id", value: id)) }
                shapes[frame].append(shape)
            }
        }
        let images = LooseImages(path, options)
        for frame in 0..<count {
            let number = "\(frame)"
            let stem = "frame_" + String(repeating: "0", count: max(6 - number.count, 0)) + number
            let name = images.fileName(of: stem)
            add(
                OpenImage(
                    id: nil, name: ImageFileName.isImage(name) ? name : stem + ".png",
                    size: [video.width, video.height],
                    others: [], shapes: shapes[frame]))
        }
    }
}
