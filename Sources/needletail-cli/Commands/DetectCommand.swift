import ArgumentParser
import Needletail
import NeedletailKernels
import NeedletailSystem

struct DetectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detect",
        abstract: "Find objects in photographs and write annotated PNGs.",
        discussion: """
            For every photograph found/NAME.png shows the objects, and found/detections.json lists them all as COCO \
            results, with the names of their classes. The image id there is the file's name or, with --annotations, \
            the dataset's; classes then have the dataset's ids, found by name. If the work is stopped, the list of what \
            was found is called detections.incomplete.json.

            EXAMPLE
              needletail detect runs/cells/best.safetensors photos/ --output found/
            """)

    @Argument(
        help:
            "The detector: the best.safetensors of a run, published weights (YOLOX, torchvision's), or an ONNX file of any program."
    )
    var detector: String

    @Argument(help: "Photographs, or folders of them.")
    var inputs: [String]

    @Option(help: "The folder to write to.")
    var output: String

    @Option(
        help: ArgumentHelp(
            "The score from which objects are drawn.",
            discussion: "For each class the one that was best in the detector's validation, or else 0.5, unless given.")
    )
    var threshold: Double?

    @Option(help: "The score above which objects are listed in detections.json.")
    var minimumScore: Float?

    @Option(help: "How many objects of a photograph are kept, the best first: the detector's limit, 300, unless given.")
    var maxDetections: Int?

    @Option(
        help:
            "Of two objects of a class whose boxes overlap by more than this IoU the better is kept: 0.5 unless given.")
    var overlap: Double?

    @OptionGroup var finding: FindingOptions

    @Option(help: "A dataset whose images alone are looked at, and whose ids of images and classes are used.")
    var annotations: String?

    @Option(help: "The split of that dataset, where it has several: train, val, test.")
    var split: String?

    @OptionGroup var format: FormatOptions

    @Option(help: "The shorter side of the network's input, if not the one it was trained at.")
    var size: Int?

    @OptionGroup var network: NetworkFileOptions

    @Flag(help: "Look into the folders of folders too.")
    var recursive = false

    @Flag(inversion: .prefixedNo, help: "Write annotated PNGs.")
    var pictures = true

    @Option(help: "How annotated pictures are written; JPEG is smaller.")
    var pictureFormat: PictureFormat = .png

    @Flag(help: "Write pictures of those photographs alone in which something is drawn.")
    var onlyFound = false

    @Option(
        name: .customLong("to"),
        help: ArgumentHelp(
            "Write what is drawn as annotations in this format as well: as found/annotations, with an ending where that is a file.",
            discussion: "'needletail convert --list' tells the formats."))
    var annotationFormat: DatasetFormat?

    @Flag(
        help: ArgumentHelp(
            "Decode large JPEG files at a half, a quarter or an eighth of their size, as far as that is not smaller "
                + "than the network's input. Faster, and the scores change a little. Takes --no-pictures."))
    var reducedDecoding = false

    @OptionGroup var overwriting: OverwriteOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var sharing: SharingOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard !reducedDecoding || finding.tiles == nil else {
            throw ValidationError(
                "--reduced-decoding and --tiles exclude each other: tiles are of the whole photograph.")
        }
        guard annotationFormat != .cocoResults else {
            throw ValidationError("--to coco-results: detections.json is that already. Leave --to out.")
        }
        guard !reducedDecoding || !pictures else {
            throw ValidationError(
                "--reduced-decoding needs --no-pictures: pictures are drawn on the whole photograph.")
        }
        guard (0...1).contains(threshold ?? 0) else {
            throw ValidationError("--threshold takes a number from 0 to 1, not \(threshold ?? 0).")
        }
        guard (0...1).contains(minimumScore ?? 0) else {
            throw ValidationError("--minimum-score takes a number from 0 to 1.")
        }
        guard (1...100_000).contains(maxDetections ?? 1) else {
            throw ValidationError("--max-detections takes a number from 1 to 100000.")
        }
        guard (0...1).contains(overlap ?? 0) else { throw ValidationError("--overlap takes a number from 0 to 1.") }
        guard annotations != nil || (split == nil && format.flags.isEmpty) else {
            throw ValidationError("\(format.flags.first ?? "--split") is about --annotations: give those too.")
        }
        guard (32...8192).contains(size ?? 32) else {
            throw ValidationError("--size takes a number of pixels from 32 to 8192.")
        }
    }

    private struct Result: Encodable {
        var output: String
        var results: String
        var images: Int
        var failedImages: [String]
        /// Those of them that the system could not read, whatever they hold.
        var unreadableImages: [String] = []
        var lockedFolders: [String]
        var detections: Int
        /// Objects on the pictures that were written.
        var drawn: Int
        var missingPictures: [String]
        /// Photographs in which there was more than the greatest number of objects.
        var imagesAtLimit: Int
        var thresholds: DrawingThresholds
        var wasInterrupted: Bool
        var seconds: Double
    }

    private static let results = "detections.json"
    /// What was found in a part of the photographs must not look like all of it.
    private static let incompleteResults = "detections.incomplete.json"

    func run() throws {
        let console = outputOptions.console
        Interruption.watch()
        let dataset = try annotations.map { try Dataset.read($0, options: format.reading(split: split)) }
        if let dataset { console.warnOfReading(dataset) }
        let photographs = try Photographs(
            inputs, isRecursive: recursive, dataset: dataset, pictureFormat: pictureFormat, warn: console.warn)
        if photographs.strangerCount > 0, let annotations {
            console.note(
                "\(Count.text(photographs.strangerCount, "photograph")) \(photographs.strangerCount == 1 ? "is" : "are") not in "
                    + "\(annotations) and left out")
        }
        console.warn(
            of: photographs.lockedFolders,
            heading: "folders that cannot be looked into (\(photographs.lockedFolders.count)):")
        let pool = try threads.makePool()
        let model = try network.detector(detector, pool: pool)
        try configure(model)
        let classes = try dataset.map { try DatasetClasses($0, of: model, console: console) }
        let wanted = try finding.wantedCategories(of: model, path: detector)
        let annotations = annotationFormat.map { FoundDataset($0, categories: model.categories) }
        let folder = try OutputFolder(output, apartFrom: inputs)
        let lock = try folder.claim(
            [Self.results, Self.incompleteResults] + (annotations.map { [$0.name] } ?? [])
                + (pictures ? photographs.items.map(\.picture) : []),
            as: "what is found", overwrites: overwriting.overwrite,
            apartFrom: photographs.items.map(\.path) + [detector, self.annotations].compactMap(\.self))
        defer { withExtendedLifetime(lock) {} }
        let outcome = try detect(
            photographs, model: model, classes: classes, wanted: wanted, annotations: annotations, folder: folder,
            pool: pool, console: console)
        try console.result(outcome) { text(outcome, of: photographs.items.count) }
        let isWhole =
            outcome.missingPictures.isEmpty && outcome.lockedFolders.isEmpty && outcome.unreadableImages.isEmpty
            && !outcome.wasInterrupted
        if !isWhole || outcome.images == 0 { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private func text(_ outcome: Result, of count: Int) -> String {
        let list = FilePath.fileName(of: outcome.results)
        let found =
            pictures
            ? "\(Count.text(outcome.drawn, "object")) drawn, \(outcome.detections) in \(list)"
            : "\(Count.text(outcome.detections, "object")) in \(list)"
        guard outcome.wasInterrupted else {
            return "\(outcome.output): \(Count.text(outcome.images, "image")), \(found)"
        }
        return "\(outcome.output): stopped, incomplete: \(outcome.images) of \(Count.text(count, "image")), \(found)"
    }

    private func configure(_ model: any ObjectDetector) throws {
        if let size {
            if let only = model.inputSide, size != only {
                throw CommandError(
                    "--size \(size): the input of \(detector), a \(model.name), is \(only)x\(only) pixels and no other. "
                        + "Leave it out.")
            }
            model.setInputSide(size)
        }
        if let minimumScore { model.postProcessing.scoreThreshold = minimumScore }
        if let overlap { model.postProcessing.overlapThreshold = overlap }
        if finding.classAgnostic { model.postProcessing.isClassAgnostic = true }
        if let maxDetections {
            // What is suppressed later has to be among the candidates first.
            model.postProcessing.candidatesPerLevel = max(model.postProcessing.candidatesPerLevel, 4 * maxDetections)
            model.postProcessing.detectionsPerImage = maxDetections
        }
    }

    /// A photograph and its size; the image is smaller if a transform says that it may be.
    private static func load(
        _ photograph: Photographs.Item, reducedFor transform: InputTransform?
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
        _ photographs: Photographs, model: any ObjectDetector, classes: DatasetClasses?, wanted: Set<Int>?,
        annotations: FoundDataset?, folder: OutputFolder, pool: ThreadPool, console: Console
    ) throws -> Result {
        var annotations = annotations
        let clock = ContinuousClock()
        let start = clock.now
        let items = photographs.items
        let limit = model.postProcessing.detectionsPerImage
        // One more tells whether there are more.
        model.postProcessing.detectionsPerImage = limit + 1
        let categories = model.categories
        let painter = BoxPainter(names: categories.map(\.name), numbers: categories.map(\.id))
        let thresholds = DrawingThresholds(given: threshold, validation: model.scoreThresholds)
        if pictures {
            if let note = thresholds.note { console.note(note) }
            if let notice = painter.notice { console.warn(notice) }
        }
        let transform = reducedDecoding ? model.inputTransform : nil
        let tiling = finding.tiling
        let images = WorkStream(
            count: items.count, detector: model, pool: pool, sharing: sharing.given,
            load: { index in Swift.Result { try Self.load(items[index], reducedFor: transform) } },
            detect: { loaded, _, model, pool in
                Swift.Result {
                    let (image, size) = try loaded.get()
                    let found =
                        try tiling?.detections(in: image, by: model, pool: pool)
                        ?? model.detections(in: [image], originalSizes: [size], pool: pool)[0]
                    return (image, size, found)
                }
            })
        let writer = PictureWriter(width: max(3, pool.threadCount), format: pictureFormat)
        var results = try COCOResultsWriter(
            path: folder.path + "/" + Self.results, categories: classes?.dataset.categories ?? [],
            // Pictures must not take the room of what they are made from.
            reservedBytes: pictures ? min((1 << 18) + 4096 * items.count, 1 << 26) : 0)
        var progress = Progress("detect, image", unit: "images", total: items.count, console: console)
        var outcome = Result(
            output: folder.path, results: "", images: 0, failedImages: [], lockedFolders: photographs.lockedFolders,
            detections: 0, drawn: 0, missingPictures: [], imagesAtLimit: 0, thresholds: thresholds,
            wasInterrupted: false, seconds: 0)
        for (index, photograph) in items.enumerated() {
            do {
                guard let (image, size, all) = try images.next()?.get() else { break }
                if all.count > limit { outcome.imagesAtLimit += 1 }
                let found = all.prefix(limit).filter {
                    (classes?.knows($0) ?? true) && (wanted?.contains($0.categoryID) ?? true)
                }
                for detection in found {
                    try results.append(
                        .init(imageID: photograph.id, detection: classes?.inDataset(detection) ?? detection),
                        fileName: photograph.datasetName)
                }
                outcome.detections += found.count
                outcome.images += 1
                let sure = found.filter { $0.score >= thresholds.scores[$0.categoryName] }
                annotations?.append(sure, of: photograph, size: size)
                let visible = sure.filter { painter.isDrawn($0.box, on: image) }
                if pictures, !onlyFound || !visible.isEmpty {
                    let boxes = visible.map { painter.detection($0, name: $0.categoryName ?? "\($0.categoryID)") }
                    writer.write(image, boxes: boxes, to: folder.path + "/" + photograph.picture)
                }
            } catch let error as FileError {
                throw error
            } catch {
                progress.clear()
                console.warn("set aside: \(Wording.commandLine(error))")
                outcome.failedImages.append(photograph.path)
                if ImageError.isSystemFailure(error) { outcome.unreadableImages.append(photograph.path) }
            }
            progress.update(index + 1)
            if Interruption.isRequested {
                outcome.wasInterrupted = index + 1 < items.count
                break
            }
        }
        images.cancel()
        progress.clear()
        let name = outcome.wasInterrupted ? Self.incompleteResults : Self.results
        let drawn = writer.finish()
        try results.finish(as: name)
        if let annotations, !outcome.wasInterrupted {
            let images = inputs.count == 1 && ImageFolder.isFolder(inputs[0]) ? inputs[0] : nil
            try annotations.write(to: folder.path, imageFolder: images, overwrites: overwriting.overwrite)
            if let images {
                console.note("the image files stay where they are: read \(annotations.name) with --images \(images)")
            }
        }
        drawn.warn(console)
        outcome.results = folder.path + "/" + name
        (outcome.drawn, outcome.missingPictures) = (drawn.boxes, drawn.missing)
        if outcome.imagesAtLimit > 0 {
            console.warn(
                "in \(outcome.imagesAtLimit) of \(Count.text(outcome.images, "image")) there was more than the \(limit) objects that are "
                    + "kept of one; --max-detections keeps more")
        }
        outcome.seconds = start.duration(to: clock.now).seconds
        return outcome
    }
}
