import NeedletailDatasets
import NeedletailGeometry
import NeedletailSystem
import NeedletailText

/// Writes a YOLO dataset in Ultralytics' layout: `dataset.yaml`, `labels`, and links or copies in `images`.
struct YOLOWriter {
    private let dataset: Dataset
    private let options: WritingOptions
    private let classes: ClassIndices
    private let rows: YOLORows
    private let splits: [String]

    /// - Parameter writesCorners: Whether each object is written as four corners.
    init(_ dataset: Dataset, _ options: WritingOptions, writesCorners: Bool = false) {
        self.dataset = dataset
        self.options = options
        classes = ClassIndices(dataset.categories)
        rows = YOLORows(
            dataset, classes: classes, writesPolygons: options.writesPolygons, writesCorners: writesCorners)
        splits = dataset.splits(otherwise: options.split)
    }

    func write(to folder: String) throws {
        let names = try OutputNames(dataset) { "images/\(splits[$0])" }
        let files = try names.files(of: dataset, ending: ".txt") { "\(splits[$0])/" }
        try FolderTree.make("\(folder)/labels")
        try ImageFileWriter(folder: "\(folder)/labels", files: files).write(dataset) { row, buffer in
            try rows.appendRows(ofImage: row, to: &buffer)
            return true
        }
        try ImagePlacement(dataset, options.images).place(
            names.images.indices.map { "images/\(splits[$0])/\(names.images[$0])" }, in: folder)
        try AtomicFile.write(yaml, to: "\(folder)/dataset.yaml")
    }

    private var yaml: String {
        let all = Set(splits)
        let train = all.contains("train") || all.isEmpty ? "train" : all.sorted()[0]
        // Ultralytics wants both.
        let val = ["val", "valid", "test"].first(where: all.contains) ?? train
        var buffer = ByteBuffer(growingFrom: 1 << 12)
        buffer.append(text: "train: \(YAMLText.quoted("images/\(train)"))\nval: \(YAMLText.quoted("images/\(val)"))\n")
        if all.contains("test"), val != "test" { buffer.append(text: "test: images/test\n") }
        buffer.append(text: "nc: \(dataset.categories.count)\nnames:\(dataset.categories.isEmpty ? " []" : "")\n")
        for (number, row) in classes.rows.enumerated() {
            buffer.append(text: "  \(number): \(YAMLText.quoted(dataset.categories[row].name))\n")
        }
        return String(decoding: buffer.bytes, as: UTF8.self)
    }
}

/// The label rows of YOLO and Darknet.
struct YOLORows {
    private let dataset: Dataset
    private let classes: ClassIndices
    private let writesPolygons: Bool
    private let writesCorners: Bool
    private let writesScores: Bool

    init(_ dataset: Dataset, classes: ClassIndices, writesPolygons: Bool, writesCorners: Bool = false) {
        self.dataset = dataset
        self.classes = classes
        self.writesPolygons = writesPolygons && !writesCorners
        self.writesCorners = writesCorners
        writesScores = dataset.holdsScores
    }

    /// - Throws: ``AnnotationError`` when the image's size is not known.
    func appendRows(ofImage row: Int, to buffer: inout ByteBuffer) throws {
        let annotations = dataset.annotations(ofImage: row)
        guard !annotations.isEmpty else { return }
        let (width, height) = try dataset.knownSize(ofImage: row)
        // A reader takes all rows of a file for polygons once one is.
        let polygons = writesPolygons ? annotations.map { dataset.fields(ofAnnotation: $0).usablePolygons } : []
        let hasPolygon = polygons.contains { !$0.isEmpty }
        for (place, annotation) in annotations.enumerated() {
            guard let box = dataset.writableBox(annotation) else { continue }
            buffer.appendInteger(classes.ofRow[Int(dataset.annotations.categories[annotation])])
            if writesCorners {
                let fields = dataset.fields(ofAnnotation: annotation)
                append(Quadrilateral(fields, box: box).points, width, height, to: &buffer)
            } else if hasPolygon {
                let rings = polygons[place]
                let corners = [box.x, box.y, box.x2, box.y, box.x2, box.y2, box.x, box.y2]
                append(rings.isEmpty ? corners : rings.flatMap(\.self), width, height, to: &buffer)
            } else {
                append(box, width, height, to: &buffer)
            }
            if writesScores, let score = dataset.fields(ofAnnotation: annotation).double("score") {
                buffer.append(" ")
                buffer.appendDouble(score)
            }
            buffer.append("\n")
        }
    }

    private func append(_ box: Box, _ width: Double, _ height: Double, to buffer: inout ByteBuffer) {
        buffer.append(" ")
        buffer.appendDouble(((box.x + box.width / 2) / width).derivedShare(of: width))
        buffer.append(" ")
        buffer.appendDouble(((box.y + box.height / 2) / height).derivedShare(of: height))
        buffer.append(" ")
        buffer.appendDouble((box.width / width).derivedShare(of: width))
        buffer.append(" ")
        buffer.appendDouble((box.height / height).derivedShare(of: height))
    }

    private func append(_ points: [Double], _ width: Double, _ height: Double, to buffer: inout ByteBuffer) {
        for (index, value) in points.enumerated() {
            let size = index.isMultiple(of: 2) ? width : height
            buffer.append(" ")
            buffer.appendDouble((value / size).derivedShare(of: size))
        }
    }
}
