import ArgumentParser
import NeedletailData
import NeedletailSystem
import NeedletailTraining

struct DrawCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "draw",
        abstract: "Draw a dataset's boxes on its images, as PNGs.",
        discussion: """
            With --detections, those are drawn beside the annotations: bold boxes with scores over thin ones. They \
            belong to images and classes as 'evaluate' has it.

            EXAMPLE
              needletail draw cells/val.json --images BCCD/JPEGImages \\
                  --output drawn/
            """)

    @Argument(help: "The dataset: a file or folder of any format that 'convert --list' names.")
    var dataset: String

    @Option(help: "The folder of the image files.")
    var images: String?

    @Option(help: "The split to read, where a dataset has several: train, val, test.")
    var split: String?

    @OptionGroup var format: FormatOptions

    @Option(help: "Detections to draw too: COCO results, or any format with scores.")
    var detections: String?

    @Option(
        help: ArgumentHelp(
            "The score from which detections are drawn.",
            discussion:
                "For each class the one that was best in the detector's validation, or else that is best on these "
                + "annotations, unless given."))
    var threshold: Double?

    @Option(
        help: ArgumentHelp(
            "The detector or run that made the detections, for the scores that were best in its validation.",
            discussion: "The best.safetensors beside the detections, if there is one, unless given."))
    var detector: String?

    @Option(help: "Draw only the first so many images.")
    var limit: Int?

    @Option(help: "The folder to write to: runs/draw, or runs/draw-2 and so on, unless given.")
    var output: String?

    @OptionGroup var overwriting: OverwriteOptions
    @OptionGroup var outputOptions: OutputOptions

    private struct Result: Encodable {
        var output: String
        /// Pictures that were written.
        var images: Int
        var failedImages: [String]
        /// Those of them that the system could not read, whatever they hold.
        var unreadableImages: [String] = []
        /// Boxes on the pictures that were written.
        var boxes: Int
        var missingPictures: [String]
        var thresholds: DrawingThresholds?
        var wasInterrupted: Bool
    }

    func validate() throws {
        guard (limit ?? 1) > 0 else { throw ValidationError("--limit takes a number from 1.") }
        guard (0...1).contains(threshold ?? 0) else {
            throw ValidationError("--threshold takes a number from 0 to 1.")
        }
        guard detections != nil || (detector == nil && threshold == nil) else {
            throw ValidationError("--threshold and --detector are about --detections: give those too.")
        }
    }

    func run() throws {
        let console = outputOptions.console
        Interruption.watch()
        let dataset = try Dataset.read(dataset, options: format.reading(split: split, images: images))
        console.warnOfReading(dataset)
        let found = try detections.map { try DrawnDetections($0, of: dataset, command: self) }
        found?.warn(console)
        let count = min(limit ?? .max, dataset.images.count)
        let paths = (0..<count).map { dataset.imagePath(ofImage: $0) }
        var pictureNames = PictureNames()
        let pictures = (0..<count).map { pictureNames.name(for: dataset.images.fileName(of: $0)) }
        let folder = try OutputFolder(
            ResultFolder.named(output, for: "draw", console: console),
            apartFrom: [dataset.imageFolder].compactMap { $0 })
        let lock = try folder.claim(
            pictures, as: "pictures", overwrites: overwriting.overwrite,
            apartFrom: paths + [self.dataset, detections, detector].compactMap(\.self))
        defer { withExtendedLifetime(lock) {} }
        let result = try draw(dataset, found, paths: paths, pictures: pictures, folder: folder, console: console)
        let boxes = Count.text(result.boxes, "box", plural: "boxes")
        try console.result(result) {
            result.wasInterrupted
                ? "\(folder.path): stopped, incomplete: \(result.images) of \(Count.text(count, "image")) with \(boxes)"
                : "\(folder.path): \(Count.text(result.images, "image")) with \(boxes)"
        }
        let isWhole = result.missingPictures.isEmpty && result.unreadableImages.isEmpty && !result.wasInterrupted
        if !isWhole || (result.images == 0 && count > 0) {
            throw ExitCode(ExitStatus.failed.rawValue)
        }
    }

    private func draw(
        _ dataset: Dataset, _ found: DrawnDetections?, paths: [String], pictures: [String], folder: OutputFolder,
        console: Console
    ) throws -> Result {
        let count = paths.count
        let records = (0..<count).map { dataset.images[$0] }
        let images = OrderedPrefetch<Swift.Result<Image, any Error>>(count: count, lookAhead: 4) { row in
            Swift.Result {
                try AnnotatedImage.load(paths[row], width: records[row].width, height: records[row].height)
            }
        }
        let names = dataset.categories.map(\.name)
        let painter = BoxPainter(names: names, numbers: dataset.categories.map(\.number))
        if let notice = painter.notice { console.warn(notice) }
        let writer = PictureWriter()
        var progress = Progress("draw, image", unit: "images", total: count, console: console)
        var result = Result(
            output: folder.path, images: 0, failedImages: [], boxes: 0, missingPictures: [],
            thresholds: found?.thresholds, wasInterrupted: false)
        for row in 0..<count {
            switch images.next() {
            case .success(let image):
                var boxes = dataset.annotations(ofImage: row).map { row in
                    let annotation = dataset.annotations[row]
                    return painter.annotation(
                        annotation.box, name: names[annotation.category], isCrowd: annotation.isCrowd)
                }
                boxes += (found?.byImage[row] ?? []).map { painter.detection($0.detection, name: $0.name) }
                writer.write(
                    image, boxes: boxes.filter { painter.isDrawn($0.box, on: image) },
                    to: folder.path + "/" + pictures[row])
            case .failure(let error):
                progress.clear()
                console.warn("set aside: \(Wording.commandLine(error))")
                result.failedImages.append(paths[row])
                if ImageError.isSystemFailure(error) { result.unreadableImages.append(paths[row]) }
            case nil:
                break
            }
            progress.update(row + 1)
            if Interruption.isRequested {
                result.wasInterrupted = row + 1 < count
                break
            }
        }
        images.cancel()
        progress.clear()
        let drawn = writer.finish()
        drawn.warn(console)
        (result.images, result.boxes, result.missingPictures) = (drawn.written, drawn.boxes, drawn.missing)
        return result
    }
}
