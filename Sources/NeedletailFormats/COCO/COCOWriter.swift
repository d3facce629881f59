import NeedletailDatasets
import NeedletailPlatform
import NeedletailSystem
import NeedletailText

/// Writes a dataset as COCO JSON, one record a line.
struct COCOWriter {
    private let dataset: Dataset
    private var records: COCORecordWriter
    private var fields: [COCOField] = []

    init(_ dataset: Dataset) {
        self.dataset = dataset
        records = COCORecordWriter(sources: dataset.sources)
    }

    mutating func write(to path: String) throws {
        for source in dataset.sources { try source.checkUnchanged() }
        var file = try AtomicFile(path: path)
        do {
            try file.write { (buffer: inout ByteBuffer) throws in try writeDocument(to: &buffer) }
        } catch let error as JSONError {
            // All of it was valid when it was read.
            _ = error
            for source in dataset.sources { try source.checkUnchanged() }
            throw FileError(path: dataset.provenance.path, action: "copy from it", code: EIO)
        }
        try file.commit()
    }

    private mutating func writeDocument(to buffer: inout ByteBuffer) throws {
        var layout = dataset.layout
        for list in [TopLevelMember.images, .annotations, .categories] where !layout.contains(list) {
            layout.append(list)
        }
        buffer.append("{")
        for (position, member) in layout.enumerated() {
            buffer.append(position == 0 ? "\n" : ",\n")
            switch member {
            case .other(let source, let key, let value):
                buffer.append("\"")
                records.appendRaw(key, of: source, to: &buffer)
                buffer.append("\": ")
                try records.appendValue(value, of: source, to: &buffer)
            case .images:
                buffer.append("\"images\": [")
                try writeImages(0..<dataset.images.count, to: &buffer)
                buffer.append("]")
            case .annotations:
                buffer.append("\"annotations\": [")
                try writeAnnotations(to: &buffer)
                buffer.append("]")
            case .categories:
                buffer.append("\"categories\": [")
                try writeCategories(to: &buffer)
                buffer.append("]")
            }
        }
        buffer.append("\n}\n")
    }

    /// - Parameter names: Of all images, where not their own.
    mutating func writeImages(
        _ rows: some Sequence<Int>, names: [String]? = nil, to buffer: inout ByteBuffer
    ) throws {
        for (place, row) in rows.enumerated() {
            let image = dataset.images[row]
            buffer.append(place == 0 ? "\n" : ",\n")
            fields.removeAll(keepingCapacity: true)
            fields.append(COCOField(key: "id", value: .id(image.id)))
            fields.append(COCOField(key: "file_name", value: .text(names?[row] ?? image.fileName)))
            fields.append(COCOField(key: "width", value: .integer(image.width), isAddedWhenMissing: image.width > 0))
            fields.append(COCOField(key: "height", value: .integer(image.height), isAddedWhenMissing: image.height > 0))
            try records.write(fields, origin: dataset.images.origins[row], to: &buffer)
        }
    }

    private mutating func writeAnnotations(to buffer: inout ByteBuffer) throws {
        let annotations = dataset.annotations
        for row in 0..<annotations.count {
            buffer.append(row == 0 ? "\n" : ",\n")
            let annotation = annotations[row]
            let hasBox = !annotations.flags[row].contains(.hasNoBox)
            fields.removeAll(keepingCapacity: true)
            fields.append(COCOField(key: "id", value: annotation.id.map { .id($0) }))
            fields.append(COCOField(key: "image_id", value: .id(dataset.images.ids[annotation.image])))
            fields.append(COCOField(key: "category_id", value: .id(dataset.categories[annotation.category].id)))
            fields.append(COCOField(key: "bbox", value: hasBox ? .box(annotation.box) : nil))
            fields.append(COCOField(key: "area", value: annotation.area.map { .double($0) }))
            fields.append(COCOField(key: "iscrowd", value: annotation.crowd.map { .flag($0) }))
            fields.append(
                COCOField(
                    key: "difficult", value: .flag(annotation.isDifficult),
                    isAddedWhenMissing: annotation.isDifficult))
            try records.write(fields, origin: annotations.origins[row], to: &buffer)
        }
    }

    /// - Parameter more: What else is to be said of a category.
    mutating func writeCategories(
        to buffer: inout ByteBuffer, adding more: (Category) -> [COCOField] = { _ in [] }
    ) throws {
        for (row, category) in dataset.categories.enumerated() {
            buffer.append(row == 0 ? "\n" : ",\n")
            fields.removeAll(keepingCapacity: true)
            fields.append(COCOField(key: "id", value: .id(category.id)))
            fields.append(COCOField(key: "name", value: .text(category.name)))
            fields.append(COCOField(key: "supercategory", value: category.supercategory.map { .text($0) }))
            fields += more(category)
            try records.write(fields, origin: category.origin, to: &buffer)
        }
    }
}
