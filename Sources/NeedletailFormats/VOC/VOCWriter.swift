import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem

/// Writes a Pascal VOC dataset: `Annotations`, lists in `ImageSets/Main`, and the names of the classes in
/// `labelmap.txt`, without which datumaro knows none but Pascal VOC's own.
struct VOCWriter {
    private let dataset: Dataset
    private let options: WritingOptions

    /// Elements of the format that a dataset keeps as fields.
    static let objectFields: [StaticString] = [
        "type", "pose", "truncated", "occluded", "part", "actions", "point", "view",
    ]
    static let imageFields: [StaticString] = ["folder", "path", "source", "owner", "segmented"]

    init(_ dataset: Dataset, _ options: WritingOptions) {
        self.dataset = dataset
        self.options = options
    }

    func write(to folder: String) throws {
        let names = try OutputNames(dataset)
        let files = try names.files(of: dataset, ending: ".xml")
        try FolderTree.make("\(folder)/Annotations")
        try ImageFileWriter(folder: "\(folder)/Annotations", files: files).write(dataset) { row, buffer in
            appendDocument(row, named: names.images[row], to: &buffer)
            return true
        }
        try ImagePlacement(dataset, options.images).place(names.images.map { "JPEGImages/\($0)" }, in: folder)
        try writeLists(files, to: "\(folder)/ImageSets/Main")
        try writeLabels(to: "\(folder)/labelmap.txt")
    }

    /// A line for each class: its name, a colour, parts and actions, of which we know the name. A name that the colons
    /// would take apart leaves no way to write the list.
    private func writeLabels(to path: String) throws {
        let names = dataset.categories.map(\.name)
        guard !names.isEmpty, !names.contains(where: { $0.contains { ":#\n\r".contains($0) } }) else { return }
        try AtomicFile.write(names.map { "\($0):::\n" }.joined(), to: path)
    }

    private func writeLists(_ files: [String], to folder: String) throws {
        try FolderTree.make(folder)
        var lists: [String: String] = [:]
        for (file, split) in zip(files, dataset.splits(otherwise: options.split)) {
            lists[split, default: ""] += "\(file.dropLast(4))\n"
        }
        for (split, text) in lists { try AtomicFile.write(text, to: "\(folder)/\(split).txt") }
    }

    private func appendDocument(_ row: Int, named name: String, to buffer: inout ByteBuffer) {
        let image = dataset.images[row]
        let fields = dataset.fields(ofImage: row)
        buffer.append("<annotation>\n")
        append(Self.imageFields.prefix(2), of: fields, indent: "\t", to: &buffer)
        buffer.appendElement("filename", FilePath.fileName(of: name))
        append(Self.imageFields.dropFirst(2), of: fields, indent: "\t", to: &buffer)
        buffer.append("\t<size>\n")
        if image.width > 0 { buffer.appendElement("width", indent: "\t\t", Double(image.width)) }
        if image.height > 0 { buffer.appendElement("height", indent: "\t\t", Double(image.height)) }
        buffer.appendElement("depth", indent: "\t\t", fields.double("depth") ?? 3)
        buffer.append("\t</size>\n")
        for annotation in dataset.annotations(ofImage: row) { appendObject(annotation, to: &buffer) }
        buffer.append("</annotation>\n")
    }

    private func appendObject(_ row: Int, to buffer: inout ByteBuffer) {
        let annotation = dataset.annotations[row]
        buffer.append("\t<object>\n")
        buffer.appendElement("name", indent: "\t\t", dataset.categories[annotation.category].name)
        let fields = dataset.fields(ofAnnotation: row)
        append(Self.objectFields[...], of: fields, indent: "\t\t", to: &buffer)
        buffer.appendElement("difficult", indent: "\t\t", annotation.isDifficult ? 1 : 0)
        if let box = dataset.writableBox(row) {
            let corners = options.vocOrigin.corners(of: box)
            buffer.append("\t\t<bndbox>\n")
            buffer.appendElement("xmin", indent: "\t\t\t", corners.xmin)
            buffer.appendElement("ymin", indent: "\t\t\t", corners.ymin)
            buffer.appendElement("xmax", indent: "\t\t\t", corners.xmax)
            buffer.appendElement("ymax", indent: "\t\t\t", corners.ymax)
            buffer.append("\t\t</bndbox>\n")
            if fields.text("type") == "robndbox", let turned = TurnedBox(fields, extent: box) {
                append(turned, to: &buffer)
            }
        }
        buffer.append("\t</object>\n")
    }

    /// A turned box that was read as one, as roLabelImg has it.
    private func append(_ turned: TurnedBox, to buffer: inout ByteBuffer) {
        let box = turned.box
        buffer.append("\t\t<robndbox>\n")
        buffer.appendElement("cx", indent: "\t\t\t", (box.x + box.width / 2).derived)
        buffer.appendElement("cy", indent: "\t\t\t", (box.y + box.height / 2).derived)
        buffer.appendElement("w", indent: "\t\t\t", box.width)
        buffer.appendElement("h", indent: "\t\t\t", box.height)
        buffer.appendElement("angle", indent: "\t\t\t", turned.degrees * .pi / 180)
        buffer.append("\t\t</robndbox>\n")
    }

    private func append(
        _ names: ArraySlice<StaticString>, of fields: RecordFields, indent: String, to buffer: inout ByteBuffer
    ) {
        for name in names {
            guard let member = fields[name] else { continue }
            var json = member.reader
            // What is valid JSON cannot fail here.
            try? buffer.appendElements("\(name)", &json, indent: indent)
        }
    }
}
