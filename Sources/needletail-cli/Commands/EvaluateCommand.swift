import ArgumentParser
import NeedletailData

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure detections against annotations, and say what to do next.",
        discussion: """
            The COCO numbers are those of pycocotools, bit for bit. Beside them: every class with the confidence it is \
            best used at, what each kind of error costs, confused classes and the worst images. Detections belong to \
            an image by its id or, where that is a text, by its file name.

            EXAMPLE
              needletail evaluate cells/val.json runs/cells/validation.json \\
                  --report report.html
              needletail evaluate cells/val.json runs/a/validation.json \\
                  --compare runs/b/validation.json
              needletail evaluate VOC2007 results.json --split test \\
                  --metric voc2007
            """)

    enum Metric: String, ExpressibleByArgument, CaseIterable {
        case coco, voc2007, voc2010
    }

    @Argument(help: "The annotations: a dataset of any format that 'convert --list' names.")
    var groundTruth: String

    @Argument(help: "The detections: COCO results JSON, any format with scores, or the folder of a run or of 'detect'.")
    var detections: String

    @Option(help: "The split to measure, where a dataset has several: train, val, test.")
    var split: String?

    @Option(help: "The folder of the image files, for the report.")
    var images: String?

    @OptionGroup var format: FormatOptions

    @Option(help: "The metric.")
    var metric = Metric.coco

    @Option(
        help: "IoU thresholds: 0.5,0.75 or 0.5:0.95:0.05. One, 0.5 unless given, for Pascal VOC.",
        transform: EvaluationArguments.iouThresholds)
    var iouThresholds: [Double]?

    @Option(
        help: "Sizes of objects to measure apart: small:0-32^2,medium:32^2-96^2,large:96^2-inf.",
        transform: EvaluationArguments.areaRanges)
    var areaRanges: [COCOOptions.AreaRange]?

    @Option(
        help: "How many detections of an image and class count: 1,10,100.",
        transform: EvaluationArguments.detectionLimits)
    var maxDetections: [Int]?

    @Flag(help: "Mend what pycocotools gets wrong: annotations with id 0 count, AP is defined for any limits.")
    var corrected = false

    @Flag(help: "Leave out records that cannot be measured, with a warning, instead of ending at the first.")
    var lenient = false

    @Flag(help: "Name every property of the data that moves a number unexpectedly, and by how much.")
    var explain = false

    @Flag(help: "The numbers alone, without the analysis of the errors.")
    var brief = false

    @Flag(help: "Print what pycocotools prints, and nothing else.")
    var pycocotools = false

    @Flag(help: "Include the curves in the JSON.")
    var curves = false

    @Flag(help: "Say how many seconds reading and measuring took, as the last line of standard error.")
    var times = false

    @Option(help: "Other detections in the same images, to compare with.")
    var compare: String?

    @Option(help: "Write a page with curves, confusion, errors and the worst images: an HTML file.")
    var report: String?

    @Option(
        help: ArgumentHelp(
            "Write the scores at which each class's F1 is highest into this detector's file, or run.",
            discussion: "'detect' draws from them, and 'summary' shows them."))
    var writeThresholds: String?

    @OptionGroup var overwriting: OverwriteOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        func refuse(_ condition: Bool, _ message: String) throws {
            if condition { throw ValidationError(message) }
        }
        try refuse(pycocotools && output.json, "--pycocotools and --json exclude each other.")
        try refuse(
            writeThresholds != nil && (brief || pycocotools),
            "--write-thresholds needs the analysis of the errors that --brief and --pycocotools leave out.")
        try refuse(brief && report != nil, "--report shows the analysis of the errors that --brief leaves out.")
        guard metric != .coco else { return }
        let others = [
            ("--area-ranges", areaRanges != nil), ("--max-detections", maxDetections != nil),
            ("--corrected", corrected), ("--explain", explain), ("--pycocotools", pycocotools),
            ("--curves", curves), ("--report", report != nil), ("--write-thresholds", writeThresholds != nil),
        ]
        for (flag, isGiven) in others { try refuse(isGiven, "\(flag) belongs to --metric coco.") }
        try refuse((iouThresholds?.count ?? 1) != 1, "--metric \(metric.rawValue) takes one IoU threshold.")
    }

    func run() throws {
        let console = output.console
        let clock = ContinuousClock()
        let start = clock.now
        // Before the work, not after it.
        if let report { try claim(report) }
        let detector = try writeThresholds.map { try ThresholdFile($0) }
        let dataset = try readGroundTruth()
        console.warnOfReading(dataset)
        let input = try read(detections, dataset: dataset, console: console)
        let other = try compare.map { try read($0, dataset: dataset, console: console) }
        let beginning = clock.now
        defer {
            if times {
                let reading = Progress.seconds(start.duration(to: beginning))
                let measuring = Progress.seconds(beginning.duration(to: clock.now))
                StandardError.write("reading \(Table.number(reading)) s, measuring \(Table.number(measuring)) s\n")
            }
        }
        guard metric == .coco else {
            let result = try PascalVOCOutput(
                metric, input: input, other: other, iouThreshold: iouThresholds?.first ?? 0.5)
            return try console.result(result) { result.text }
        }
        if let maxDetections, !maxDetections.contains(100), !corrected {
            console.warn(
                "AP is undefined, as in pycocotools, because --max-detections has no 100; --corrected mends that")
        }
        if pycocotools {
            let result = try input.cocoEvaluator(options).metrics(includesFindings: false)
            StandardOutput.write(result.summary)
            if report == nil { return }
        }
        let evaluation = try DetectionEvaluation(
            input, options: options, findsTraps: explain || output.json || report != nil, analyzesErrors: !brief)
        let comparison = try other.map { other in
            EvaluationComparison(
                evaluation,
                with: try DetectionEvaluation(other, options: options, findsTraps: false, analyzesErrors: false))
        }
        if let report { try write(evaluation, comparison, to: report) }
        try detector?.write(evaluation, names: input.categoryNames, console: console)
        if pycocotools { return }
        let document =
            output.json
            ? EvaluationDocument(evaluation, includesCurves: curves, comparison: comparison) : nil
        try console.result(document) {
            EvaluationText(evaluation: evaluation, comparison: comparison, explains: explain).text
        }
    }

    private var options: COCOOptions {
        var options = COCOOptions()
        if let iouThresholds { options.iouThresholds = iouThresholds }
        if let areaRanges { options.areaRanges = areaRanges }
        if let maxDetections { options.detectionLimits = maxDetections }
        if corrected { options.conformance = .corrected }
        return options
    }

    private func readGroundTruth() throws -> Dataset {
        do {
            return try Dataset.read(groundTruth, options: format.reading(split: split, images: images))
        } catch {
            guard EvaluationArguments.areSwapped(groundTruth: groundTruth, detections: detections) else { throw error }
            throw CommandError(
                "\(groundTruth) holds a list of detections, and \(detections) annotations: the arguments are swapped. "
                    + "Give the annotations first: needletail evaluate \(detections) \(groundTruth)")
        }
    }

    private func read(_ path: String, dataset: Dataset, console: Console) throws -> EvaluationInput {
        let path = Self.detections(path)
        let results = try COCOResults.read(path, of: dataset, isLenient: lenient)
        let input = try EvaluationInput(
            dataset: dataset, results: results, detectionsPath: path, isLenient: lenient, wording: .commandLine)
        for warning in input.warnings { console.warn(warning.description) }
        return input
    }

    /// The file of detections that `detect` or a run has written into a folder.
    private static func detections(_ path: String) -> String {
        guard ImageFolder.isFolder(path) else { return path }
        let folder = path.hasSuffix("/") ? path : path + "/"
        return ["detections.json", "validation.json"].map { folder + $0 }.first(where: ImageFolder.exists) ?? path
    }

    private func claim(_ report: String) throws {
        try overwriting.claim(
            report, as: "the report", apartFrom: [groundTruth, Self.detections(detections), compare].compactMap(\.self))
    }

    private func write(
        _ evaluation: DetectionEvaluation, _ comparison: EvaluationComparison?, to path: String
    ) throws {
        try EvaluationPage(evaluation, comparison: comparison).write(to: path)
        output.console.note("\(path): the report")
    }
}
