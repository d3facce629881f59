import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// VGG Image Annotator: an object of files with their regions, alone or as a project.
///
/// ``VIAClass`` says which attribute is the category; a region that has no value of it is of the category `object`.
enum VIAFormat: DatasetCodec {
    static let isFolder = false

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "VIA JSON (CSV is read, too)")
        capabilities.imageSizes = false
        capabilities.polygons = true
        capabilities.scores = true
        capabilities.annotationFields = ["region_attributes", "shape_attributes"]
        capabilities.imageFields = ["size", "file_attributes"]
        return capabilities
    }

    static func begins(_ head: TextHead) -> Bool { VIATable.isOne(head) }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        if let head = TextHead(path), VIATable.isOne(head) { return try VIATable(path, options).read() }
        let source = try ByteSource.annotations(path, as: .json)
        let batch = RecordBatch(source: 0)
        let images = LooseImages(path, options)
        try JSONObjectReader.read(source, into: batch, isLenient: options.isLenient) { json in
            let files = try json.whole.object("_via_img_metadata") ?? json.whole
            let reader = VIAReader(batch: batch, classes: try classes(of: files, options, path, batch))
            for (index, member) in files.members.enumerated() {
                var file = files.reader(at: member.value)
                try json.reading("files", index, at: member.value.lowerBound) {
                    try reader.readFile(files.inner(&file))
                }
            }
        }
        return images.dataset(batch, format: .via)
    }

    /// Finds out which attribute is the class, from those that the regions of all files have.
    private static func classes(
        of files: JSONMembers, _ options: ReadingOptions, _ path: String, _ batch: RecordBatch
    ) throws -> VIAClass {
        var attributes: [String] = []
        for member in files.members {
            var json = files.reader(at: member.value)
            // What is no file is told of when it is read.
            guard let file = try? files.inner(&json) else { continue }
            try? VIAReader.forEachRegion(of: file) { region in
                for (key, _) in try region.object("region_attributes")?.members ?? [] {
                    let name = key.string
                    if !attributes.contains(name) { attributes.append(name) }
                }
            }
        }
        return try classes(attributes, options, path, batch)
    }

    /// - Parameter attributes: Those that regions have, in their order.
    static func classes(
        _ attributes: [String], _ options: ReadingOptions, _ path: String, _ batch: RecordBatch
    ) throws -> VIAClass {
        if let chosen = options.classAttribute, !attributes.contains(chosen) {
            throw AnnotationError(
                .notFound, file: path, problem: "no region has the attribute \(chosen)",
                remedy: attributes.isEmpty
                    ? "Regions have no attributes: read it without \(setting: .classAttribute)"
                    : "Choose among \(attributes.joined(separator: ", ")) with \(setting: .classAttribute)")
        }
        return VIAClass(attributes: attributes, chosen: options.classAttribute, batch: batch)
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        var file = try AtomicFile(path: path)
        file.write { (buffer: inout ByteBuffer) in
            buffer.append("{")
            for row in 0..<dataset.images.count {
                buffer.append(row == 0 ? "\n" : ",\n")
                VIAWriter(dataset).appendFile(row, to: &buffer)
            }
            buffer.append("\n}\n")
        }
        try file.commit()
    }
}
