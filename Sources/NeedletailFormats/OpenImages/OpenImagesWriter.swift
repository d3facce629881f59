import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem

/// Writes an Open Images dataset: tables of boxes and lists of images for each split, and one of the classes.
struct OpenImagesWriter {
    private let dataset: Dataset
    private let options: WritingOptions
    private let splits: [String]
    private let labels: [String]

    init(_ dataset: Dataset, _ options: WritingOptions) {
        self.dataset = dataset
        self.options = options
        splits = dataset.splits(otherwise: options.split).map { $0 == "val" ? "validation" : $0 }
        labels = dataset.categories.map { category in
            RecordFields(category.origin, of: dataset, except: RecordFields.categoryColumns).text("label_name")
                ?? category.name
        }
    }

    func write(to folder: String) throws {
        let names = try OutputNames(dataset)
        // An image is called by its name without extension and folder.
        let ids = try names.files(of: dataset, ending: "").map { FilePath.fileName(of: $0) }
        if let row = Self.firstRepeated(ids) {
            throw AnnotationError(
                .schema, file: dataset.file(ofImage: row), record: "images[\(row)]",
                problem: "another image has the name \(ids[row]) without folder and extension, which is all that the "
                    + "format keeps",
                remedy: "Rename one of them")
        }
        for split in Set(splits).sorted() {
            let rows = splits.indices.filter { splits[$0] == split }
            try writeBoxes(of: rows, ids, to: "\(folder)/\(split)-annotations-bbox.csv")
            var list = "ImageID,Subset\n"
            for row in rows { list += "\(Self.field(ids[row])),\(split)\n" }
            try AtomicFile.write(list, to: "\(folder)/\(split)-images.csv")
        }
        var classes = ""
        for (label, category) in zip(labels, dataset.categories) {
            classes += "\(Self.field(label)),\(Self.field(category.name))\n"
        }
        try AtomicFile.write(classes, to: "\(folder)/class-descriptions-boxable.csv")
        try ImagePlacement(dataset, options.images).place(
            names.images.map { "images/\(FilePath.fileName(of: $0))" }, in: folder)
    }

    private static func firstRepeated(_ ids: [String]) -> Int? {
        var seen: Set<String> = []
        return ids.firstIndex { !seen.insert($0).inserted }
    }

    private static func field(_ text: String) -> String {
        var buffer = ByteBuffer(growingFrom: 64)
        buffer.appendField(text)
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    private func writeBoxes(of rows: [Int], _ ids: [String], to path: String) throws {
        var file = try AtomicFile(path: path)
        try file.write { (buffer: inout ByteBuffer) in
            buffer.append("ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,")
            buffer.append("IsOccluded,IsTruncated,IsGroupOf,IsDepiction,IsInside\n")
            for row in rows {
                for annotation in dataset.annotations(ofImage: row) {
                    guard let box = dataset.writableBox(annotation) else { continue }
                    let size = try dataset.knownSize(ofImage: row)
                    appendRow(annotation, box, size, id: ids[row], to: &buffer)
                }
            }
        }
        try file.commit()
    }

    private func appendRow(
        _ row: Int, _ box: Box, _ size: (width: Double, height: Double), id: String, to buffer: inout ByteBuffer
    ) {
        let fields = dataset.fields(ofAnnotation: row)
        func append(_ name: StaticString, to buffer: inout ByteBuffer) {
            let unknown = OpenImagesFormat.fields.first { $0.name == "\(name)" }?.unknown ?? ""
            buffer.appendField(fields.textOrJSON(name) ?? unknown)
        }
        let (x2, y2) = box.farCorner
        buffer.appendField(id)
        buffer.append(",")
        append("Source", to: &buffer)
        buffer.append(",")
        buffer.appendField(labels[Int(dataset.annotations.categories[row])])
        buffer.append(",")
        append("Confidence", to: &buffer)
        for (value, size) in [(box.x, size.width), (x2, size.width), (box.y, size.height), (y2, size.height)] {
            buffer.append(",")
            buffer.appendDouble((value / size).derivedShare(of: size))
        }
        buffer.append(",")
        append("IsOccluded", to: &buffer)
        buffer.append(",")
        append("IsTruncated", to: &buffer)
        buffer.append(dataset.annotations[row].isCrowd ? ",1," : ",0,")
        append("IsDepiction", to: &buffer)
        buffer.append(",")
        append("IsInside", to: &buffer)
        buffer.append("\n")
    }
}
