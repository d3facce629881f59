import ArgumentParser
import NeedletailData

struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Count what is in a dataset: classes, sizes, shapes, places, anchors.",
        discussion: """
            Anchors are suggested by k-means on the overlap of boxes, in pixels of the images as they are or, with \
            --anchor-size, of images whose longer side is resized to that.

            EXAMPLE
              needletail stats cells.json
              needletail stats cells.json --report cells.html
              needletail stats cells.json --anchors 9 --anchor-size 640 --json
            """)

    @Argument(help: "The dataset.")
    var source: String

    @Option(help: "How many anchors to suggest.")
    var anchors = 9

    @Option(help: "The longer side of images that anchors are measured in, in pixels.")
    var anchorSize: Int?

    @Option(help: "Write a page with plots: an HTML file.")
    var report: String?

    @OptionGroup var input: SourceOptions
    @OptionGroup var overwriting: OverwriteOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if !(0...1000).contains(anchors) { throw ValidationError("--anchors is a number from 0 to 1000.") }
        if let anchorSize, anchorSize < 1 { throw ValidationError("--anchor-size is a number of pixels.") }
    }

    func run() throws {
        let dataset = try input.read(source, console: output.console)
        let statistics = DatasetStatistics(dataset, anchorCount: anchors, anchorImageSide: anchorSize)
        if let report {
            try overwriting.claim(report, as: "the report", apartFrom: [source])
            let name = input.split.map { "\(source) (\($0))" } ?? source
            try StatisticsPage(statistics, name: name, wording: .commandLine).write(to: report)
            output.console.note("\(report): the report")
        }
        try output.console.result(statistics) { StatisticsText(statistics).text }
    }
}
