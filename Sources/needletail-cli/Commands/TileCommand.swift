import ArgumentParser
import NeedletailData

struct TileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tile",
        abstract: "Cut large images into overlapping tiles, with their boxes.",
        discussion: """
            A box is in every tile that shows enough of it, clipped to what is seen; the share that is seen is kept in \
            the field visible, the image and place of a tile in source_file, tile_x and tile_y. Polygons are clipped \
            likewise, run-length coded masks left out. The tiles go to where the format expects images, for one file a \
            folder 'images' beside it.

            EXAMPLE
              needletail tile aerial.json tiles --size 640 --overlap 0.2
              needletail tile aerial.json tiles --size 1024x768 --drop-empty --tiles jpeg
              needletail tile aerial.json tiles --to yolo
            """)

    enum TileFormat: String, ExpressibleByArgument, CaseIterable {
        case source, png, jpeg
    }

    @Argument(help: "The dataset.")
    var source: String

    @Argument(help: "The folder to write, which must not exist or be empty.")
    var destination: String

    @Option(help: "The size of a tile in pixels: 640, or 1024x768 for width and height.")
    var size: TileSize = TileSize(width: 640, height: 640)

    @Option(help: "The least overlap of neighbouring tiles, as part of a tile, 0 to 0.95.")
    var overlap = 0.2

    @Option(help: "The least share of a box's area that a tile must show, above 0 to 1.")
    var minVisible = 0.25

    @Flag(help: "Leave out tiles without boxes.")
    var dropEmpty = false

    @Option(help: "What tiles are written as: source is what each image is.")
    var tiles: TileFormat = .source

    @Option(help: "The quality of JPEG tiles, 1 to 100.")
    var quality = 95

    @Option(help: "The format to write; see 'convert --list'.")
    var to: DatasetFormat = .coco

    @OptionGroup var input: SourceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if !(0...0.95).contains(overlap) { throw ValidationError("--overlap is a number from 0 to 0.95.") }
        if !(minVisible > 0 && minVisible <= 1) { throw ValidationError("--min-visible is above 0 and at most 1.") }
        if !(1...100).contains(quality) { throw ValidationError("--quality is a number from 1 to 100.") }
    }

    private struct Result: Encodable {
        var dataset: DatasetSummary
        var sourceImages: Int
        var lostBoxes: Int
        var omittedMasks: Int
        var failures: [String]
    }

    func run() throws {
        let console = output.console
        let dataset = try input.read(source, console: console)
        let folder = try OutputFolder(destination, apartFrom: [source, dataset.imageFolder].compactMap(\.self))
        guard folder.isEmpty else {
            throw CommandError("\(destination): this folder is not empty. Give a new one.")
        }
        // The writers of formats that are folders bring the images to their places.
        let images = try OutputFolder(to.isFolder ? temporaryFolder : folder.path + "/images", apartFrom: [])
        guard images.isEmpty else {
            throw CommandError("\(images.path): this folder of an earlier run is in the way. Remove it.")
        }
        defer { if to.isFolder { OutputFolder.remove(images.path) } }
        let format: DatasetTiling.Format =
            switch tiles {
            case .source: .asSource(jpegQuality: quality)
            case .png: .png
            case .jpeg: .jpeg(quality: quality)
            }
        let tiling = DatasetTiling(
            grid: TileGrid(width: size.width, height: size.height, overlap: overlap), minimumVisible: minVisible,
            dropsEmptyTiles: dropEmpty, format: format)
        var progress = Progress("images", unit: "images", total: dataset.images.count, console: console)
        let cut = try tiling.cut(dataset, into: images.path) { done, _ in progress.update(done) }
        progress.clear()
        console.warn(of: cut.failures, heading: "images set aside (\(cut.failures.count)):")
        guard cut.failures.isEmpty || cut.failures.count < dataset.images.count else {
            throw CommandError("\(source): no image could be used. Give the folder of the image files with --images.")
        }
        let path = to.isFolder ? folder.path : "\(folder.path)/annotations\(to.fileEnding)"
        var options = WritingOptions()
        if to.isFolder { options.images = .copy }
        try cut.dataset.write(to: path, format: to, options: options)
        let summary = DatasetSummary(cut.dataset, destination: path)
        let result = Result(
            dataset: summary, sourceImages: dataset.images.count - cut.failures.count, lostBoxes: cut.lostBoxes,
            omittedMasks: cut.omittedMasks, failures: cut.failures)
        try console.result(result) {
            "\(summary.text)\ncut from \(result.sourceImages) images"
                + (result.lostBoxes > 0 ? "; \(result.lostBoxes) boxes are in no tile" : "")
                + (result.omittedMasks > 0 ? "; \(result.omittedMasks) run-length coded masks are left out" : "")
        }
    }
}

extension TileCommand {
    /// Beside the destination, on the same disk.
    private var temporaryFolder: String {
        let name = destination.split(separator: "/").last.map(String.init) ?? "tiles"
        return "\(OutputFolder.parent(of: destination))/.\(name).tiles"
    }
}

/// `640` or `1024x768`.
struct TileSize: ExpressibleByArgument {
    let width: Int
    let height: Int

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    init?(argument: String) {
        let sides = argument.split(separator: "x").map { Int($0) ?? 0 }
        guard (1...2).contains(sides.count), sides.allSatisfy({ $0 >= 16 && $0 <= 1 << 16 }) else { return nil }
        (width, height) = (sides[0], sides[sides.count - 1])
    }

    var defaultValueDescription: String { width == height ? "\(width)" : "\(width)x\(height)" }
}
