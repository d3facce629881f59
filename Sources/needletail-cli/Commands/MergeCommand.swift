import ArgumentParser
import NeedletailData

struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Put several datasets together.",
        discussion: """
            Classes are one where their names are; ids that two datasets use are given anew, and every conflict is \
            named. An image file that several datasets annotate stands once, with the boxes of all.

            EXAMPLE
              needletail merge day.json night.json all.json
              needletail merge a/labels.json b/labels.json all/labels.json --copy-images
            """)

    @Argument(help: "The datasets, and last the one to write.")
    var paths: [String]

    @OptionGroup var input: SourceOptions
    @OptionGroup var target: DestinationOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if paths.count < 3 { throw ValidationError("Give two datasets or more, and the one to write.") }
    }

    private struct Result: Encodable {
        var dataset: DatasetSummary
        var conflicts: [String]
        var renumberedImages: Int
        var renumberedAnnotations: Int
        var joinedImages: Int
    }

    func run() throws {
        let (sources, destination) = (Array(paths.dropLast()), paths[paths.count - 1])
        let console = output.console
        let merge = DatasetMerge(try sources.map { try input.read($0, console: console) }, names: sources)
        console.warn(of: merge.conflicts, heading: "conflicts (\(merge.conflicts.count)):", limit: 40)
        try target.write(merge.dataset, to: destination, apartFrom: sources, console: console)
        let summary = DatasetSummary(merge.dataset, destination: destination)
        let result = Result(
            dataset: summary, conflicts: merge.conflicts, renumberedImages: merge.renumberedImages,
            renumberedAnnotations: merge.renumberedAnnotations, joinedImages: merge.joinedImages)
        try console.result(result) {
            var text = summary.text
            let changes = [
                (merge.joinedImages, "images joined"), (merge.renumberedImages, "images renumbered"),
                (merge.renumberedAnnotations, "annotations renumbered"),
            ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
            if !changes.isEmpty { text += "\n" + changes.joined(separator: ", ") }
            return text
        }
    }
}
