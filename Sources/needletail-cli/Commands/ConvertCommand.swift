import ArgumentParser
import NeedletailData

struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Convert a dataset's annotations to another format.",
        discussion: """
            The format of SOURCE is recognised from its content; that of DESTINATION is COCO JSON unless --to says \
            otherwise. Names, ids, empty images and doubtful boxes are kept. What the format has no room for goes \
            into a sidecar, from which Needletail restores it, so that converting back gives what was there.

            EXAMPLE
              needletail convert BCCD cells/train.json --split train
              needletail convert cells/train.json cells-yolo --to yolo --link-images
              needletail convert --list
            """)

    @Argument(help: "The dataset: a file or a folder.")
    var source: String?

    @Argument(help: "The file or folder to write.")
    var destination: String?

    @Option(name: .customLong("from"), help: "The format of SOURCE, when it is not recognised.")
    var sourceFormat: DatasetFormat?

    @Option(name: .customLong("to"), help: "The format of DESTINATION.")
    var destinationFormat: DatasetFormat = .coco

    @Flag(help: "List the formats and what each can and cannot hold.")
    var list = false

    @Option(
        help: "The part of SOURCE to read: train, val, test. Where SOURCE has none, the one to write DESTINATION as.")
    var split: String?

    @Option(help: "The folder of the image files, where they are not found.")
    var images: String?

    @Flag(help: "Copy the images to where the format expects them.")
    var copyImages = false

    @Flag(help: "Link the images there instead of copying them.")
    var linkImages = false

    @Option(
        help: ArgumentHelp(
            "How Pascal VOC's corners are meant: inclusive1 (pixels from 1, last one included), shift1 (1 subtracted "
                + "from all), zero (as they stand)."))
    var vocOrigin: VOCOrigin = .inclusive1

    @Flag(help: "Write polygons to YOLO instead of boxes.")
    var polygons = false

    @Flag(help: "Replace what is at DESTINATION.")
    var overwrite = false

    @OptionGroup var output: OutputOptions

    private struct Result: Encodable {
        var destination: String
        var images: Int
        var annotations: Int
        var categories: [String]
        var issues: [String]
    }

    func validate() throws {
        if list { return }
        guard source != nil, destination != nil else {
            throw ValidationError("Give SOURCE and DESTINATION, or --list.")
        }
        if copyImages, linkImages { throw ValidationError("--copy-images and --link-images exclude each other.") }
    }

    func run() throws {
        let console = output.console
        guard let source, let destination, !list else { return }
        var reading = ReadingOptions(format: sourceFormat, split: split, images: images)
        reading.vocOrigin = vocOrigin
        let dataset = try Dataset.read(source, options: reading)
        guard !OutputFolder.isSamePlace(source, destination) else {
            throw CommandError("\(destination): source and destination are one file. Give another destination.")
        }
        var writing = WritingOptions()
        writing.split = split ?? writing.split
        writing.vocOrigin = vocOrigin
        writing.writesPolygons = polygons
        writing.overwrites = overwrite
        writing.images = copyImages ? .copy : linkImages ? .link : .none
        try dataset.write(to: destination, format: destinationFormat, options: writing)
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
extension DatasetFormat: ExpressibleByArgument {}
