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

    @OptionGroup var format: FormatOptions

    @Flag(help: "Write polygons to YOLO instead of boxes.")
    var polygons = false

    @Option(help: "The dataset that detections were made for, when SOURCE is COCO results.")
    var annotations: String?

    @Flag(help: "Read the result back and say how far coordinates moved and what was lost.")
    var verify = false

    @Flag(inversion: .prefixedNo, help: "Keep what the format cannot hold in a file beside it, and restore from it.")
    var sidecar = true

    @Flag(help: "Replace what is at DESTINATION.")
    var overwrite = false

    @OptionGroup var output: OutputOptions

    private struct Result: Encodable {
        var destination: String
        var format: String
        var images: Int
        var annotations: Int
        var categories: [String]
        var issues: [String]
        var verification: Verification?
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
        guard let source, let destination, !list else {
            let list = FormatList()
            return try console.result(list.formats) { list.text }
        }
        let dataset = try Dataset.read(source, options: reading)
        guard !OutputFolder.isSamePlace(source, destination) else {
            throw CommandError("\(destination): source and destination are one file. Give another destination.")
        }
        try dataset.write(to: destination, format: destinationFormat, options: writing)
        var doubtful = dataset.doubtfulRecords
        if writesPolygons {
            let known = Set(doubtful.filter { $0.kind == .degeneratePolygon }.compactMap(\.annotation))
            doubtful += dataset.degeneratePolygonRows.filter { !known.contains($0) }
                .map { dataset.issue(.degeneratePolygon, row: $0) }
        }
        console.warnOfReading(dataset)
        console.warn(
            of: doubtful.map { $0.text(Wording.commandLine.callAsFunction) }, heading: "doubtful (\(doubtful.count)):")
        let issues = dataset.readingFindings.map(\.first) + doubtful
        let verification =
            verify ? try Verification(dataset, at: destination, format: destinationFormat, options: writing) : nil
        let result = Result(
            destination: destination, format: destinationFormat.rawValue, images: dataset.images.count,
            annotations: dataset.annotations.count, categories: dataset.categories.map(\.name),
            issues: issues.map { $0.text(Wording.commandLine.callAsFunction) },
            verification: verification)
        try console.result(result) {
            "\(destination): \(result.images) images, \(result.annotations) boxes, \(result.categories.count) "
                + "categories (\(result.categories.listed(12)))"
                + (verification.map { "\n\($0.text)" } ?? "")
        }
    }

    /// Whether outlines go into the file that is written, where it depends on them how an object is written.
    private var writesPolygons: Bool {
        destinationFormat.capabilities.polygons && destinationFormat != .coco
            && (destinationFormat != .yolo || polygons)
    }

    private var reading: ReadingOptions {
        var reading = format.reading(split: split, images: images)
        reading.annotations = annotations
        reading.usesSidecar = sidecar
        return reading
    }

    private var writing: WritingOptions {
        var writing = WritingOptions()
        writing.split = split ?? writing.split
        writing.vocOrigin = format.vocOrigin
        writing.writesPolygons = polygons
        writing.overwrites = overwrite
        writing.writesSidecar = sidecar
        writing.images = copyImages ? .copy : linkImages ? .link : .none
        return writing
    }
}
