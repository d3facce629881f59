import ArgumentParser
import NeedletailData

struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Convert a dataset's annotations to COCO JSON.",
        discussion: """
            Reads COCO JSON or Pascal VOC, told apart by what is there. Doubtful boxes are kept and named.

            EXAMPLE
              needletail convert BCCD cells/train.json --split train
            """)

    @Argument(help: "The dataset: a COCO JSON file, or the folder of a Pascal VOC dataset.")
    var source: String

    @Argument(help: "The COCO JSON file to write.")
    var destination: String

    @Option(help: "The split of a Pascal VOC dataset, a list in ImageSets/Main: train, val, test.")
    var split: String?

    @Option(help: "The folder of the image files, where the annotations do not say.")
    var images: String?

    @Option(
        help: ArgumentHelp(
            "How Pascal VOC's corners are meant: inclusive1 (pixels from 1, last one included), shift1 (1 subtracted "
                + "from all), zero (as they stand)."))
    var vocOrigin: VOCOrigin = .inclusive1

    @OptionGroup var output: OutputOptions

    private struct Result: Encodable {
        var destination: String
        var images: Int
        var annotations: Int
        var categories: [String]
        var issues: [String]
    }

    func run() throws {
        let console = output.console
        let dataset = try Dataset.read(source, split: split, images: images, vocOrigin: vocOrigin)
        guard !OutputFolder.isSamePlace(source, destination) else {
            throw CommandError("\(destination): source and destination are one file. Give another destination.")
        }
        try OutputFolder.makeParent(of: destination)
        try dataset.write(to: destination)
        let issues = dataset.issues.map(\.description)
        console.warn(of: issues, heading: "doubtful, kept as they are (\(issues.count)):")
        let result = Result(
            destination: destination, images: dataset.images.count, annotations: dataset.annotations.count,
            categories: dataset.categories.map(\.name), issues: issues)
        try console.result(result) {
            "\(destination): \(result.images) images, \(result.annotations) boxes, \(result.categories.count) "
                + "categories (\(result.categories.prefix(12).joined(separator: ", "))"
                + "\(result.categories.count > 12 ? ", ..." : ""))"
        }
    }
}

extension VOCOrigin: ExpressibleByArgument {}
