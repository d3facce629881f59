import ArgumentParser
import NeedletailData

struct FilterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "filter",
        abstract: "Keep a part of a dataset: classes, sizes, a sample, whatever a condition says.",
        discussion: """
            Conditions compare the fields class, supercategory, id, x, y, width, height, ratio, area, share (of the \
            image), crowd, difficult and score of a box, and file, image_id, image_width, image_height and boxes of its image, \
            by == != < <= > >=, in (...), like "*.png", joined by and, or, not. Images stay without boxes, as \
            background, unless --drop-empty is given.

            EXAMPLE
              needletail filter cells.json large.json --class WBC,RBC --min-area 1000
              needletail filter cells.json odd.json --where 'ratio > 4 or share > 0.5'
              needletail filter cells.json few.json --sample 50 --seed 1
              needletail filter BCCD few.json \\
                  --where 'area > 1000 and class in ("WBC", "RBC")' --drop-empty
            """)

    @Argument(help: "The dataset.")
    var source: String

    @Argument(help: "The dataset to write.")
    var destination: String

    @Option(name: .customLong("class"), help: "Keep these classes: names with commas between them.")
    var classes: NameList?

    @Option(help: "Take these classes out.")
    var notClass: NameList?

    @Option(help: "The least area of a box, in square pixels.")
    var minArea: Double?

    @Option(help: "The greatest area of a box, in square pixels.")
    var maxArea: Double?

    @Option(help: "The least width and height of a box, in pixels.")
    var minSide: Double?

    @Flag(help: "Leave crowds out.")
    var noCrowd = false

    @Option(name: .customLong("where"), help: "Keep boxes for which a condition holds.")
    var condition: String?

    @Option(help: "Keep images for which a condition holds.")
    var imagesWhere: String?

    @Flag(help: "Take images out that have no boxes, or none left.")
    var dropEmpty = false

    @Option(help: "Draw so many images at random: a number, or a part as 10% or 0.1.")
    var sample: SampleSize?

    @Option(help: "Of what is drawn.")
    var seed: UInt64 = 0

    @OptionGroup var input: SourceOptions
    @OptionGroup var target: DestinationOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let dataset = try input.read(source, console: output.console)
        var filter = DatasetFilter()
        filter.classes = classes?.names ?? []
        filter.excludedClasses = notClass?.names ?? []
        filter.minimumArea = minArea
        filter.maximumArea = maxArea
        filter.minimumSide = minSide
        filter.dropsCrowds = noCrowd
        filter.condition = condition
        filter.imageCondition = imagesWhere
        filter.dropsEmptyImages = dropEmpty
        filter.sample = sample?.sample
        filter.seed = seed
        let part = try filter(dataset)
        try target.write(part, to: destination, apartFrom: [source], console: output.console)
        try DatasetSummary(part, destination: destination, before: dataset).print(output.console)
    }
}

/// Names with commas between them.
struct NameList: ExpressibleByArgument {
    let names: [String]

    init?(argument: String) {
        names = argument.split(separator: ",").map { String($0.trimmingPrefix { $0 == " " }) }
        if names.isEmpty { return nil }
    }
}

/// `50`, `10%` or `0.1`.
struct SampleSize: ExpressibleByArgument {
    let sample: DatasetFilter.Sample

    init?(argument: String) {
        if let count = Int(argument), count > 0 {
            sample = .count(count)
        } else if argument.hasSuffix("%"), let percent = Double(argument.dropLast()), (0...100).contains(percent) {
            sample = .share(percent / 100)
        } else if let share = Double(argument), share > 0, share < 1 {
            sample = .share(share)
        } else {
            return nil
        }
    }
}
