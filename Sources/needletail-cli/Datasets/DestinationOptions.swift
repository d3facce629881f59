import ArgumentParser
import NeedletailData

/// How the dataset that a verb makes is written. The verb's sources are never written over.
struct DestinationOptions: ParsableArguments {
    @Option(help: "The format to write.")
    var to: DatasetFormat = .coco

    @Flag(help: "Copy the image files into a folder 'images' beside the annotations.")
    var copyImages = false

    @Flag(help: "Link the image files into a folder 'images' beside the annotations.")
    var linkImages = false

    func validate() throws {
        if copyImages, linkImages { throw ValidationError("--copy-images and --link-images exclude each other.") }
    }

    private var method: ImageGathering.Method? { copyImages ? .copy : linkImages ? .link : nil }

    /// What a dataset of that name is called as a file or folder of the format.
    func fileName(_ name: String) -> String { to.isFolder ? name : name + ".json" }

    /// Writes a dataset, whole or not at all, with its image files if they are asked for.
    func write(_ dataset: Dataset, to destination: String, apartFrom sources: [String], console: Console) throws {
        for source in sources where OutputFolder.isSamePlace(source, destination) {
            throw CommandError("\(destination): source and destination are the same. Give another destination.")
        }
        try OutputFolder.makeParent(of: destination)
        var dataset = dataset
        if let method {
            let folder = (OutputFolder.parent(of: destination)) + "/images"
            let gathered = try ImageGathering.gather(dataset, into: folder, method: method)
            dataset = gathered.dataset
            console.warn(of: gathered.missing, heading: "image files that are not there (\(gathered.missing.count)):")
        } else if let folder = dataset.imageFolder {
            console.note("the image files stay where they are: read it with --images \(folder)")
        }
        try dataset.write(to: destination)
    }
}
