import ArgumentParser
import Needletail
import NeedletailKernels

struct DetectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detect",
        abstract: "Find objects in photographs and write annotated PNGs.",
        discussion: """
            For every photograph found/NAME.png shows the objects, and found/detections.json lists them all as COCO \
            results. The image id there is the one of --annotations, or the file's name.

            EXAMPLE
              needletail detect runs/cells/best.safetensors photos/ --output found/
            """)

    @Argument(help: "The detector: the best.safetensors of a run, or a RetinaNet of torchvision.")
    var detector: String

    @Argument(help: "Photographs, or folders of them.")
    var inputs: [String]

    @Option(help: "The folder to write to.")
    var output: String

    @Option(help: "The score from which objects are drawn.")
    var threshold = 0.5

    @Option(help: "The score above which objects are listed in detections.json.")
    var minimumScore: Float?

    @Option(help: "A dataset whose images alone are looked at, found by file name, and whose image ids are used.")
    var annotations: String?

    @Option(help: "The shorter side of the network's input, if not the one it was trained at.")
    var size: Int?

    @Flag(help: "Look into the folders of folders too.")
    var recursive = false

    @Flag(inversion: .prefixedNo, help: "Write annotated PNGs.")
    var pictures = true

    @Flag(
        help: ArgumentHelp(
            "Decode large JPEG files at a half, a quarter or an eighth of their size, as far as that is not smaller "
                + "than the network's input. Faster, and the scores change a little. Takes --no-pictures."))
    var reducedDecoding = false

    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard !reducedDecoding || !pictures else {
            throw ValidationError(
                "--reduced-decoding needs --no-pictures: pictures are drawn on the whole photograph.")
        }
        guard (0...1).contains(threshold) else {
            throw ValidationError("--threshold takes a number from 0 to 1, not \(threshold).")
        }
        guard (0...1).contains(minimumScore ?? 0) else {
            throw ValidationError("--minimum-score takes a number from 0 to 1.")
        }
        guard (32...8192).contains(size ?? 32) else {
            throw ValidationError("--size takes a number of pixels from 32 to 8192.")
        }
    }

    private struct Result: Encodable {
        var output: String
        var images: Int
        var failedImages: [String]
        var detections: Int
        var drawn: Int
        var seconds: Double
    }

    func run() throws {
        let console = outputOptions.console
        Interruption.watch()
        let photographs = try self.photographs(console: console)
        let model = try DenseDetector(contentsOf: detector)
        if let size {
            model.configuration.transform.minimumSize = size
            model.configuration.transform.maximumSize = max(model.configuration.transform.maximumSize, size)
        }
        if let minimumScore { model.configuration.postProcessing.scoreThreshold = minimumScore }
        let folder = try OutputFolder(output, apartFrom: inputs)
        try folder.keep(photographs.map(\.path), whenWriting: pictures ? photographs.map(\.picture) : [])
        let outcome = try detect(photographs, model: model, folder: folder, console: console)
        try console.result(outcome) {
            "\(folder.path): \(outcome.images) images, \(outcome.drawn) objects drawn, "
                + "\(outcome.detections) in detections.json"
        }
        if Interruption.isRequested || outcome.images == 0 { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private struct Photograph {
        var path: String
        /// The file name of its picture.
        var picture: String
        /// What it is called in the results.
        var id: RecordID
        /// The annotated size; 0 when it is not known.
        var width = 0
        var height = 0
    }

    private func photographs(console: Console) throws -> [Photograph] {
        let files = try ImageFolder.files(inputs, isRecursive: recursive)
        var names = PictureNames()
        guard let annotations else {
            return files.map {
                Photograph(path: $0.path, picture: names.name(for: $0.name), id: .text($0.name))
            }
        }
        let dataset = try Dataset.read(annotations)
        let rows = Dictionary(
            (0..<dataset.images.count).map { (dataset.images[$0].fileName, $0) },
            uniquingKeysWith: { first, _ in first })
        let known = files.compactMap { file in
            rows[file.name].map { row in
                let record = dataset.images[row]
                return Photograph(
                    path: file.path, picture: names.name(for: file.name), id: record.id, width: record.width,
                    height: record.height)
            }
        }
        guard !known.isEmpty else {
            throw CommandError(
                "\(annotations): none of the \(files.count) photographs is an image of this dataset. Are these the "
                    + "annotations of another split?")
        }
        if known.count < files.count {
            console.note("\(files.count - known.count) photographs are not in \(annotations) and are left out")
        }
        return known
    }

    /// A photograph and its size; the image is smaller if a transform says that it may be.
    private static func load(
        _ photograph: Photograph, reducedFor transform: InputTransform?
    ) throws -> (image: Image, size: Image.Size) {
        if let transform {
            let information = try ImageInformation(contentsOf: photograph.path)
            let size = Image.Size(width: information.width, height: information.height)
            let needed = transform.resizedSize(width: size.width, height: size.height)
            // Where the annotations are about pixels that lie on their side, the usual way finds it out.
            if photograph.width < 1 || (photograph.width, photograph.height) == (size.width, size.height) {
                let least = Image.Size(width: needed.width, height: needed.height)
                return (try Image(contentsOf: photograph.path, options: .init(minimumSize: least)), size)
            }
        }
        let image = try AnnotatedImage.load(photograph.path, width: photograph.width, height: photograph.height)
        return (image, Image.Size(width: image.width, height: image.height))
    }

    private func detect(
        _ photographs: [Photograph], model: DenseDetector, folder: OutputFolder, console: Console
    ) throws -> Result {
        let pool = try threads.makePool()
        let clock = ContinuousClock()
        let start = clock.now
        let names = Dictionary(
            model.configuration.categories.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        let painter = BoxPainter(names: model.configuration.categories.map(\.name))
        let transform = reducedDecoding ? model.configuration.transform : nil
        let images = OrderedPrefetch(count: photographs.count, lookAhead: 4) { index in
            Swift.Result { try Self.load(photographs[index], reducedFor: transform) }
        }
        let writer = PictureWriter()
        var results = try COCOResultsWriter(path: folder.path + "/detections.json")
        var progress = Progress("detect, image", unit: "images", total: photographs.count, console: console)
        var outcome = Result(output: folder.path, images: 0, failedImages: [], detections: 0, drawn: 0, seconds: 0)
        for (index, photograph) in photographs.enumerated() {
            do {
                guard let (image, size) = try images.next()?.get() else { break }
                let found = try model.detections(in: [image], originalSizes: [size], pool: pool)[0]
                for detection in found { try results.append(.init(imageID: photograph.id, detection: detection)) }
                outcome.detections += found.count
                outcome.images += 1
                if pictures {
                    let visible = found.filter { $0.score >= threshold }
                    outcome.drawn += visible.count
                    let boxes = visible.map {
                        painter.detection($0, name: names[$0.categoryID] ?? "\($0.categoryID)")
                    }
                    try writer.write(image, boxes: boxes, to: folder.path + "/" + photograph.picture)
                }
            } catch let error as FileError {
                throw error
            } catch let error as PictureWriter.Failure {
                throw error
            } catch {
                progress.clear()
                console.warn("set aside: \(Wording.commandLine(error))")
                outcome.failedImages.append(photograph.path)
            }
            progress.update(index + 1)
            if Interruption.isRequested { break }
        }
        images.cancel()
        progress.clear()
        try writer.finish()
        try results.finish()
        outcome.seconds = start.duration(to: clock.now).seconds
        return outcome
    }
}
