import ArgumentParser
import NeedletailData

/// How the dataset that a verb makes is written. The verb's sources are never written over.
struct DestinationOptions: ParsableArguments {
    @Option(help: "The format to write; see 'convert --list'.")
    var to: DatasetFormat = .coco

    @Flag(help: "Copy the image files to where the format expects them, for one file a folder 'images' beside it.")
    var copyImages = false

    @Flag(help: "Link the image files there instead of copying them.")
    var linkImages = false

    @Flag(help: "Replace a dataset that is at the destination.")
    var overwrite = false

    func validate() throws {
        if copyImages, linkImages { throw ValidationError("--copy-images and --link-images exclude each other.") }
    }

    private var method: ImageTransfer { copyImages ? .copy : linkImages ? .link : .none }

    /// What a dataset of that name is called as a file or folder of the format.
    func fileName(_ name: String) -> String { name + to.fileEnding }

    /// Writes a dataset, whole or not at all, with its image files if they are asked for.
    func write(_ dataset: Dataset, to destination: String, apartFrom sources: [String], console: Console) throws {
        for source in sources where OutputFolder.isSamePlace(source, destination) {
            throw CommandError("\(destination): source and destination are the same. Give another destination.")
        }
        var dataset = dataset
        var options = WritingOptions()
        options.overwrites = overwrite
        if to.isFolder {
            options.images = method
        } else if method != .none {
            let gathered = try ImageGathering.gather(
                dataset, into: OutputFolder.parent(of: destination) + "/images", method: method)
            dataset = gathered.dataset
            console.warn(of: gathered.missing, heading: "image files that are not there (\(gathered.missing.count)):")
        }
        try dataset.write(to: destination, format: to, options: options)
        if method == .none, let folder = dataset.imageFolder {
            console.note("the image files stay where they are: read it with --images \(folder)")
        }
    }
}

extension DatasetFormat {
    /// How the name of a file of the format ends; nothing for a folder.
    var fileEnding: String {
        if isFolder { return "" }
        switch self {
        case .csv, .retinanet, .makesense: return ".csv"
        case .cvat: return ".xml"
        case .crowdhuman: return ".odgt"
        case .sagemaker: return ".manifest"
        case .labelbox: return ".ndjson"
        case .widerface: return ".txt"
        default: return ".json"
        }
    }
}
