import NeedletailArchives
import NeedletailDatasets
import NeedletailGeometry
import NeedletailImages
import NeedletailSystem
import NeedletailText

/// TensorFlow's records of `tf.train.Example`, with the keys of its Object Detection API (`image/object/bbox/xmin` …), and
/// `…label_map.pbtxt` beside them.
///
/// Boxes are shares of the image in 32 bits; they are rounded to as many decimals as those tell apart. The images inside are
/// unpacked into a temporary folder, unless the folder of the images is given.
enum TFRecordFormat: DatasetCodec {
    static let isFolder = true

    static var capabilities: FormatCapabilities {
        var capabilities = FormatCapabilities(title: "TFRecord (TensorFlow Object Detection)")
        capabilities.unusedCategories = true
        capabilities.crowds = true
        capabilities.difficult = true
        capabilities.areas = true
        capabilities.splits = true
        capabilities.coordinates = "shares of the image in 32 bits, to 1e-7 of its size"
        return capabilities
    }

    private static func files(in folder: String) throws(FileError) -> [String] {
        try Folder.names(in: folder, ending: "").filter {
            TFRecordFile.isNamedSo($0) && !Folder.isFolder("\(folder)/\($0)")
        }
    }

    static func isLayout(_ folder: String, names: [String]) -> Bool { names.contains(where: TFRecordFile.isNamedSo) }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        let isFolder = Folder.isFolder(path)
        let folder = isFolder ? path : FilePath.parent(of: path)
        var files = try isFolder ? self.files(in: path) : [FilePath.fileName(of: path)]
        func split(_ file: String) -> String? { SplitName.meant(by: String(file.prefix { $0 != "." })) }
        if let wanted = options.split, isFolder {
            files = files.filter { split($0).map { SplitName.isSame($0, wanted) } ?? false }
        }
        guard !files.isEmpty else {
            throw AnnotationError(
                .notFound, file: path,
                problem: "there is no file of records" + (options.split.map { " for the split \($0)" } ?? ""),
                remedy: "Give a file that ends in .tfrecord or .record, or the folder of several")
        }
        let labels = try TFLabelMap.names(in: folder)
        let isDivided = Set(files.map(split)).count > 1
        var reader = TFRecordReader(
            images: EmbeddedImages(besides: path, given: options.images), names: labels, isLenient: options.isLenient)
        for file in files { try reader.read("\(folder)/\(file)", split: isDivided ? split(file) : nil) }
        var builder = DatasetBuilder(provenance: Dataset.Provenance(path: path, format: .tfrecord))
        builder.provenance.split = options.split
        builder.imageFolder = options.images ?? reader.images.folder ?? folder
        builder.categories = reader.categories
        builder.append([reader.batch])
        return builder.build()
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        let splits = dataset.splits(otherwise: options.split)
        let names = try OutputNames(dataset)
        let classes = ClassIndices(dataset.categories)
        let writer = TFRecordWriter(dataset: dataset, names: names.images, classes: classes)
        for split in Set(splits).sorted() {
            var file = try AtomicFile(path: "\(path)/\(split).tfrecord")
            for row in splits.indices where splits[row] == split {
                try writer.record(row).withUnsafeBytes { try file.write($0) }
            }
            try file.commit()
        }
        try AtomicFile.write(
            TFLabelMap.text(classes.rows.map { dataset.categories[$0].name }), to: "\(path)/label_map.pbtxt")
    }
}
