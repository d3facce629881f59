import NeedletailDatasets
import NeedletailSystem

/// Darknet's lists: `obj.data` names the lists of images and of classes; labels are beside the images.
enum DarknetFormat: DatasetCodec {
    static let isFolder = true

    static var capabilities: FormatCapabilities {
        var capabilities = YOLOFormat.capabilities
        capabilities.title = "Darknet lists"
        capabilities.polygons = false
        return capabilities
    }

    static func read(_ path: String, _ options: ReadingOptions) throws -> Dataset {
        try DarknetReader(path, options).read()
    }

    static func write(_ dataset: Dataset, to path: String, _ options: WritingOptions) throws {
        let splits = dataset.splits(otherwise: options.split)
        let names = try OutputNames(dataset) { "obj_\(splits[$0])_data" }
        let files = try names.files(of: dataset, ending: ".txt") { "obj_\(splits[$0])_data/" }
        let classes = ClassIndices(dataset.categories)
        let rows = YOLORows(dataset, classes: classes, writesPolygons: false)
        try ImageFileWriter(folder: path, files: files).write(dataset) { row, buffer in
            try rows.appendRows(ofImage: row, to: &buffer)
            return true
        }
        let images = names.images.indices.map { "obj_\(splits[$0])_data/\(names.images[$0])" }
        try ImagePlacement(dataset, options.images).place(images, in: path)

        var list = "classes = \(dataset.categories.count)\n"
        for split in Set(splits).sorted() {
            let key = ["val", "validation"].contains(split) ? "valid" : split
            list += "\(key) = \(split).txt\n"
            let lines = images.indices.filter { splits[$0] == split }.map { images[$0] + "\n" }
            try AtomicFile.write(lines.joined(), to: "\(path)/\(split).txt")
        }
        try AtomicFile.write(list + "names = obj.names\nbackup = backup/\n", to: "\(path)/obj.data")
        let lines = classes.rows.map { dataset.categories[$0].name.filter { !$0.isNewline } + "\n" }
        try AtomicFile.write(lines.joined(), to: "\(path)/obj.names")
    }
}
