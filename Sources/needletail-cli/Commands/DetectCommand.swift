import ArgumentParser
import Needletail
import NeedletailKernels
import NeedletailProcesses
import NeedletailSystem

struct DetectCommand: ParsableCommand, SharedCommand {
    static let configuration = CommandConfiguration(
        commandName: "detect",
        abstract: "Find objects in photographs and write annotated PNGs.",
        discussion: """
            For every photograph found/NAME.png shows the objects, and found/detections.json lists them all as COCO \
            results, with the names of their classes. The image id there is the file's name or, with --annotations, \
            the dataset's; classes then have the dataset's ids, found by name. If the work is stopped, the list of what \
            was found is called detections.incomplete.json; --resume goes on, also after a crash, and ends with the files \
            of a detection that was never stopped. With --watch photographs are looked through as they come into the \
            folders, until Ctrl-C.

            EXAMPLE
              needletail detect runs/cells/best.safetensors photos/ --output found/
            """)

    @Argument(
        help:
            "The detector: a run or its best.safetensors, published weights (YOLOX, torchvision's), or an ONNX file of any program."
    )
    var detector: String

    @Argument(
        help:
            "Photographs, or folders of them, or - for a list of paths on standard input; those of --annotations unless given."
    )
    var inputs: [String] = []

    @Option(help: "The folder to write to: runs/detect, or runs/detect-2 and so on, unless given.")
    var output: String?

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

    @Option(
        help: """
            The longer side of annotated pictures, in pixels, at most: a whole fraction of the photograph's. (default: 2560 for \
            JPEG, the photograph's own for PNG)
            """)
    var pictureSize: Int?

    /// JPEG pictures are to be looked at: whole ones of large photographs take as long as all else.
    var longestPictureSide: Int? { pictureSize ?? (pictureFormat == .jpeg ? 2560 : nil) }

    @Flag(help: "Write pictures of those photographs alone in which something is drawn.")
    var onlyFound = false

    @OptionGroup var crops: CropOptions

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

    @Flag(help: "Go on with what was stopped: photographs whose results are there are not looked at again.")
    var resume = false

    @Flag(help: "Look through photographs as they come into the folders that are given, until Ctrl-C.")
    var watch = false

    @OptionGroup var overwriting: OverwriteOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var sharing: SharingOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard !watch || (annotations == nil && !inputs.contains("-")) else {
            throw ValidationError(
                "--watch takes folders: neither --annotations nor a list of photographs goes with it.")
        }
        guard !resume || !overwriting.overwrite else {
            throw ValidationError("--resume and --overwrite exclude each other.")
        }
        guard !reducedDecoding || !crops.crops else {
            throw ValidationError(
                "--reduced-decoding and --crops exclude each other: cuts are of the whole photograph.")
        }
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
        guard pictureSize.map({ (16...65_500).contains($0) }) ?? true else {
            throw ValidationError("--picture-size takes a number of pixels from 16 to 65500, not \(pictureSize ?? 0).")
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
        guard !inputs.isEmpty || annotations != nil else {
            throw ValidationError("Name photographs, or folders of them, or a dataset with --annotations.")
        }
        guard annotations != nil || (split == nil && format.flags.isEmpty) else {
            throw ValidationError("\(format.flags.first ?? "--split") is about --annotations: give those too.")
        }
        guard (32...8192).contains(size ?? 32) else {
            throw ValidationError("--size takes a number of pixels from 32 to 8192.")
        }
    }

    func run() throws {
        let console = outputOptions.console
        Interruption.watch()
        let group = try Processes.join()
        if watch, !group.isAlone {
            throw CommandError("--watch is for one process: photographs that come one by one are not worth sharing.")
        }
        let detector = try ModelFile.path(detector)
        let dataset = try annotations.map { try Dataset.read($0, options: format.reading(split: split)) }
        if let dataset { console.warnOfReading(dataset) }
        let output = try Processes.fromFirst {
            try ResultFolder.named(self.output, for: "detect", resumes: resume, console: console)
        }
        var photographs = Photographs(
            inputs: try Processes.fromFirst { try FileList.expanded(inputs) }, isRecursive: recursive, output: output,
            pictureFormat: pictureFormat)
        if !watch { try photographs.find(in: dataset, warn: console.warn) }
        if photographs.strangerCount > 0, let annotations {
            console.note(
                "\(Count.text(photographs.strangerCount, "photograph")) \(photographs.strangerCount == 1 ? "is" : "are") not in "
                    + "\(annotations) and left out")
        }
        console.warn(
            of: photographs.lockedFolders,
            heading: "folders that cannot be looked into (\(photographs.lockedFolders.count)):")
        var watched = try watch ? WatchedFolders(photographs.inputs, isRecursive: recursive, output: output) : nil
        let pool = try threads.makePool()
        let model = try network.detector(detector, pool: pool)
        try configure(model, detector: detector)
        let classes = try dataset.map { try DatasetClasses($0, of: model, console: console) }
        let wanted = try finding.wantedCategories(of: model, path: detector)
        let annotations = annotationFormat.map {
            FoundDataset($0, categories: model.categories, dataset: dataset)
        }
        // The first process takes the folder; the others find there what was found before.
        let place = group.isFirst ? try place(output, photographs, dataset, annotations, detector: detector) : nil
        _ = try group.gather(Message())
        let earlier = try place?.found ?? (resume ? DetectionJournal.read(in: output)?.entries : nil) ?? [:]
        _ = try group.gather(Message())
        let run = try DetectionRun(
            self, model: model, classes: classes, wanted: wanted, annotations: annotations, folder: output,
            place: place, earlier: earlier, group: group, pool: pool, console: console, count: photographs.items.count)
        run.outcome.lockedFolders = photographs.lockedFolders
        if watched != nil, let place {
            try watched?.run(run, photographs: &photographs, place: place, console: console)
        } else {
            try run.look(at: photographs.items)
        }
        let outcome = try run.finish(imageFolder: imageFolder(photographs.inputs, dataset))
        try console.result(outcome) { text(outcome, of: photographs.items.count) }
        let isWhole =
            outcome.missingPictures.isEmpty && outcome.lockedFolders.isEmpty && outcome.unreadableImages.isEmpty
            && !outcome.wasInterrupted
        if !isWhole || (outcome.images == 0 && !watch) { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private func place(
        _ output: String, _ photographs: Photographs, _ dataset: Dataset?, _ annotations: FoundDataset?,
        detector: String
    ) throws -> DetectionFolder {
        let folder = try OutputFolder(
            output, apartFrom: photographs.inputs + [dataset?.imageFolder].compactMap(\.self))
        let names =
            [DetectionRun.results, DetectionRun.incompleteResults] + (annotations.map { [$0.name] } ?? [])
            + (crops.crops ? [CropFolders.name] : []) + (pictures ? photographs.items.map(\.picture) : [])
        return try DetectionFolder(
            folder, names: names, settings: settings(detector: detector), resumes: resume,
            overwrites: overwriting.overwrite,
            inputs: photographs.items.map(\.path) + [detector, self.annotations].compactMap(\.self))
    }

    /// The one folder that all photographs are in, if there is one.
    private func imageFolder(_ inputs: [String], _ dataset: Dataset?) -> String? {
        if inputs.isEmpty { return dataset?.imageFolder }
        return inputs.count == 1 && ImageFolder.isFolder(inputs[0]) ? inputs[0] : nil
    }

    /// What decides the results, by the options that say it.
    private func settings(detector: String) -> [String: String] {
        var settings = [
            "the detector": "\(OutputFolder.canonical(detector)) (\(DetectionJournal.stamp(of: detector)))",
            "--no-pictures": "\(!pictures)", "--picture-format": pictureFormat.rawValue,
            "--only-found": "\(onlyFound)", "--reduced-decoding": "\(reducedDecoding)", "--crops": "\(crops.crops)",
            "--crop-margin": "\(crops.cropMargin)", "--class-agnostic": "\(finding.classAgnostic)",
            "--tile-overlap": "\(finding.tileOverlap)",
        ]
        func add(_ name: String, _ value: (some CustomStringConvertible)?) { settings[name] = value?.description }
        add("--threshold", threshold)
        add("--minimum-score", minimumScore)
        add("--max-detections", maxDetections)
        add("--overlap", overlap)
        add("--only", finding.only?.names.joined(separator: ","))
        add("--tiles", finding.tiles)
        add("--annotations", annotations.map { "\(OutputFolder.canonical($0)) (\(DetectionJournal.stamp(of: $0)))" })
        add("--picture-size", longestPictureSide)
        add("--split", split)
        add("--size", size)
        add("--layout", network.layout)
        add("--classes", network.classes)
        add("--scale", network.scale)
        return settings
    }

    private func text(_ outcome: DetectionRun.Outcome, of count: Int) -> String {
        let list = FilePath.fileName(of: outcome.results)
        var found =
            pictures
            ? "\(Count.text(outcome.drawn, "object")) drawn, \(outcome.detections) in \(list)"
            : "\(Count.text(outcome.detections, "object")) in \(list)"
        if crops.crops { found += ", \(outcome.crops) cut out" }
        guard outcome.wasInterrupted else {
            return "\(outcome.output): \(Count.text(outcome.images, "image")), \(found)"
        }
        return
            "\(outcome.output): stopped, incomplete: \(outcome.images) of \(Count.text(count, "image")), \(found); continue "
            + "with --resume"
    }

    private func configure(_ model: any ObjectDetector, detector: String) throws {
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
}
