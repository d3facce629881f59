import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// CrowdHuman's `.odgt`: a line of JSON for each image, `{"ID": "…", "gtboxes": [{"tag": "person", "fbox": [x, y, w, h], …}]}`.
///
/// The box is that of the whole person (`fbox`); those of the visible part (`vbox`) and the head (`hbox`) are kept as fields. What
/// is to be ignored is a crowd.
enum CrowdHumanFormat: DatasetCodec {
    static let isFolder = false

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "CrowdHuman (odgt)")
        capabilities.imageSizes = false
        capabilities.crowds = true
        capabilities.annotationFields = ["vbox", "hbox", "head_attr", "extra"]
        capabilities.madeUpFields = ["extra"]
        return capabilities
    }

    static var marks: [JSONMark] { [JSONMark(.object, ["ID", "gtboxes"])] }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let source = try ByteSource.annotations(path, as: .json)
        let batch = RecordBatch(source: 0)
        let images = LooseImages(path, options)
        try JSONListReader.readObjects(source, into: batch, isLenient: options.isLenient) { line in
            let id = try line.required("ID", line.string("ID"))
            line.addOthers(than: ["ID", "gtboxes"], to: batch.extras)
            let name = images.fileName(of: id)
            batch.addImage(name: ImageFileName.isImage(name) ? name : name + ".jpg", width: 0, height: 0)
            try line.forEach("gtboxes") { json in
                let box = try line.inner(&json)
                var full = try box.required("fbox", box.reader("fbox"))
                let tag = try box.string("tag")
                let isIgnored = try box.object("extra")?.integer("ignore") ?? 0
                box.addOthers(than: ["tag", "fbox"], to: batch.extras)
                let rectangle = try full.readBox()
                batch.addObject(
                    category: batch.category(called: tag), box: rectangle, isCrowd: isIgnored != 0 || tag == "mask")
            }
        }
        return images.dataset(batch, format: .crowdhuman)
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        var file = try AtomicFile(path: path)
        file.write { (buffer: inout ByteBuffer) in
            for row in 0..<dataset.images.count {
                let name = dataset.images.fileNames[row]
                buffer.append("{\"ID\": ")
                // Readers put this ending behind the name.
                buffer.appendString(name.hasSuffix(".jpg") ? String(name.dropLast(4)) : name)
                buffer.append(", \"gtboxes\": [")
                var isFirst = true
                for annotation in dataset.annotations(ofImage: row) {
                    guard let box = dataset.writableBox(annotation) else { continue }
                    let fields = dataset.fields(ofAnnotation: annotation)
                    buffer.append(isFirst ? "{\"tag\": " : ", {\"tag\": ")
                    isFirst = false
                    buffer.appendString(dataset.categories[Int(dataset.annotations.categories[annotation])].name)
                    buffer.append(", \"fbox\": ")
                    buffer.appendBox(box)
                    for (key, name) in [("vbox", "vbox"), ("hbox", "hbox"), ("head_attr", "head_attr")]
                        as [(StaticString, StaticString)]
                    {
                        guard let value = fields[key]?.value else { continue }
                        buffer.append(", \"")
                        buffer.append(name)
                        buffer.append("\": ")
                        buffer.append(value)
                    }
                    if let extra = fields["extra"]?.value {
                        buffer.append(", \"extra\": ")
                        buffer.append(extra)
                    } else if dataset.annotations[annotation].isCrowd {
                        buffer.append(", \"extra\": {\"ignore\": 1}")
                    }
                    buffer.append("}")
                }
                buffer.append("]}\n")
            }
        }
        try file.commit()
    }
}
