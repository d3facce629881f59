import ArgumentParser
import NeedletailData
import NeedletailTraining

struct DrawCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "draw",
        abstract: "Draw a dataset's boxes on its images, as PNGs.",
        discussion: """
            With --detections, those are drawn beside the annotations: bold boxes with scores over thin ones.

            EXAMPLE
              needletail draw cells/val.json --images BCCD/JPEGImages \\
                  --output drawn/
            """)

    @Argument(help: "The dataset: a file or folder of any format that 'convert --list' names.")
    var dataset: String

    @Option(help: "The folder of the image files.")
    var images: String?

    @Option(help: "The split of a Pascal VOC dataset.")
    var split: String?

    @Option(help: "COCO results to draw too.")
    var detections: String?

    @Option(help: "The score from which detections are drawn.")
    var threshold = 0.5

    @Option(help: "Draw only the first so many images.")
    var limit: Int?

    @Option(help: "The folder to write to.")
    var output: String

    @OptionGroup var outputOptions: OutputOptions

    private struct Result: Encodable {
        var output: String
        var images: Int
        var failedImages: [String]
        var boxes: Int
    }

    func validate() throws {
        guard (limit ?? 1) > 0 else { throw ValidationError("--limit takes a number from 1.") }
        guard (0...1).contains(threshold) else { throw ValidationError("--threshold takes a number from 0 to 1.") }
    }

    func run() throws {
        let console = outputOptions.console
        Interruption.watch()
        let dataset = try Dataset.read(dataset, split: split, images: images)
        let found = try detections.map { try COCOResults.read($0, of: dataset) }
        var byImage: [RecordID: [Detection]] = [:]
        for entry in found ?? COCOResults() where entry.detection.score >= threshold {
            byImage[entry.imageID, default: []].append(entry.detection)
        }
        let count = min(limit ?? .max, dataset.images.count)
        let paths = (0..<count).map { dataset.imagePath(ofImage: $0) }
        let folder = try OutputFolder(output, apartFrom: [dataset.imageFolder].compactMap { $0 })
        let records = (0..<count).map { dataset.images[$0] }
        let images = OrderedPrefetch<Swift.Result<Image, any Error>>(count: count, lookAhead: 4) { row in
            Swift.Result {
                try AnnotatedImage.load(paths[row], width: records[row].width, height: records[row].height)
            }
        }
        let painter = BoxPainter(names: dataset.categories.map(\.name))
        let names = Dictionary(
            dataset.categories.map { ($0.number, $0.name) }, uniquingKeysWith: { first, _ in first })
        let writer = PictureWriter()
        var pictureNames = PictureNames()
        var progress = Progress("draw, image", unit: "images", total: count, console: console)
        var result = Result(output: folder.path, images: 0, failedImages: [], boxes: 0)
        for row in 0..<count {
            switch images.next() {
            case .success(let image):
                var boxes = dataset.annotations(ofImage: row).map { row in
                    let annotation = dataset.annotations[row]
                    return painter.annotation(
                        annotation.box, name: dataset.categories[annotation.category].name,
                        isCrowd: annotation.isCrowd)
                }
                boxes += (byImage[records[row].id] ?? byImage[.text(records[row].fileName)] ?? []).map {
                    painter.detection($0, name: names[$0.categoryID] ?? "\($0.categoryID)")
                }
                result.images += 1
                result.boxes += boxes.count
                try writer.write(
                    image, boxes: boxes, to: folder.path + "/" + pictureNames.name(for: records[row].fileName))
            case .failure(let error):
                progress.clear()
                console.warn("set aside: \(Wording.commandLine(error))")
                result.failedImages.append(paths[row])
            case nil:
                break
            }
            progress.update(row + 1)
            if Interruption.isRequested { break }
        }
        images.cancel()
        progress.clear()
        try writer.finish()
        try console.result(result) { "\(folder.path): \(result.images) images with \(result.boxes) boxes" }
        if Interruption.isRequested || (result.images == 0 && count > 0) {
            throw ExitCode(ExitStatus.failed.rawValue)
        }
    }
}
