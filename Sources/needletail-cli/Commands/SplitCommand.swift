import ArgumentParser
import NeedletailData

struct SplitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "split",
        abstract: "Share a dataset out into training, validation and test sets, or into folds.",
        discussion: """
            Every part gets its share of the images of every class. Pictures that are the same or nearly so stay \
            together; so do images of one group: those with the same part of the file name, by a regular expression \
            with the part in parentheses, or the same value in a field.

            EXAMPLE
              needletail split cells.json parts --parts train=0.8,val=0.1,test=0.1
              needletail split cells.json parts --folds 5 --seed 3
              needletail split drive.json parts --group-pattern '^(.*)_frame'
              needletail split drive.json parts --group-field video_id --no-pixels
            """)

    @Argument(help: "The dataset.")
    var source: String

    @Argument(help: "The folder to write the parts into.")
    var destination: String

    @Option(help: "The parts with their shares.")
    var parts: PartList = PartList(parts: [.init(name: "train", share: 0.8), .init(name: "val", share: 0.2)])

    @Option(help: "So many folds instead, each with a training and a validation set.")
    var folds: Int?

    @Option(help: "Keep images together whose names have the same part, by a regular expression.")
    var groupPattern: String?

    @Option(help: "Keep images together that have the same value in a field of their records.")
    var groupField: String?

    @Flag(inversion: .prefixedNo, help: "Read the image files to keep similar pictures together.")
    var pixels = true

    @Flag(inversion: .prefixedNo, help: "Give every part its share of every class.")
    var stratify = true

    @Option(help: "Of what is drawn.")
    var seed: UInt64 = 0

    @OptionGroup var input: SourceOptions
    @OptionGroup var target: DestinationOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let folds, folds < 2 || folds > 1000 { throw ValidationError("--folds is a number from 2 to 1000.") }
    }

    func run() throws {
        let console = output.console
        let dataset = try input.read(source, console: console)
        let groups = try groups(dataset, console)
        let parts = folds.map { (1...$0).map { DatasetSplit.Part(name: "fold-\($0)", share: 1) } } ?? parts.parts
        let split = DatasetSplit(dataset, into: parts, groups: groups.groups, isStratified: stratify, seed: seed)
        for (part, rows) in split.images.enumerated() where rows.isEmpty {
            console.warn("\(parts[part].name) has no images: there are too few groups for its share")
        }
        if folds == nil, target.to.isFolder, target.to.capabilities.splits {
            // One folder with a list of each part.
            try target.write(split.labelled, to: destination, apartFrom: [source], console: console)
        } else {
            try writeParts(split, console)
        }
        let text = SplitText(split: split, groups: groups, destination: destination)
        try console.result(text.document) { text.text }
    }

    /// A dataset of its own for each part, or two for each fold.
    private func writeParts(_ split: DatasetSplit, _ console: Console) throws {
        let folder = try OutputFolder(destination, apartFrom: [source])
        func path(_ name: String) -> String { folder.path + "/" + target.fileName(name) }
        let names = split.parts.flatMap { folds == nil ? [$0.name] : ["\($0.name)/train", "\($0.name)/val"] }
        // All of them or none.
        try OutputRule.requireFree(
            names.map(path), what: "a part", overwrites: target.overwrite, inputs: [source])
        for (index, part) in split.parts.enumerated() {
            let datasets =
                folds == nil
                ? [(part.name, split.dataset(of: index))]
                : [
                    ("\(part.name)/train", split.dataset(without: index)),
                    ("\(part.name)/val", split.dataset(of: index)),
                ]
            for (name, dataset) in datasets {
                try target.write(
                    dataset, to: path(name), apartFrom: [source],
                    console: Console(isQuiet: true, printsJSON: false))
            }
        }
        if let images = split.dataset(of: 0).imageFolder, !target.copyImages, !target.linkImages {
            console.note("the image files stay where they are: read the parts with --images \(images)")
        }
    }

    private func groups(_ dataset: Dataset, _ console: Console) throws -> ImageGroups {
        var groups = ImageGroups(dataset)
        if let groupPattern { try groups.join(byPattern: groupPattern) }
        if let groupField { try groups.join(byField: groupField) }
        if groupPattern != nil || groupField != nil, groups.ungrouped > 0 {
            console.warn("\(groups.ungrouped) images belong to no group and are shared out one by one")
        }
        guard pixels else { return groups }
        guard let first = dataset.images.indices.first, ImageFolder.exists(dataset.imagePath(ofImage: first)) else {
            console.warn(
                "the image files are not in \(dataset.imageFolder ?? "."), so similar pictures may come apart; give the "
                    + "folder with --images, or --no-pixels")
            return groups
        }
        groups.joinSimilarPictures(console: console)
        return groups
    }
}

/// `train=0.8,val=0.2`.
struct PartList: ExpressibleByArgument {
    let parts: [DatasetSplit.Part]

    init(parts: [DatasetSplit.Part]) {
        self.parts = parts
    }

    init?(argument: String) {
        var parts: [DatasetSplit.Part] = []
        for piece in argument.split(separator: ",") {
            let sides = piece.split(separator: "=")
            guard sides.count == 2, let share = Double(sides[1]), share > 0, share.isFinite,
                !sides[0].contains("/"), sides[0] != "..", !parts.contains(where: { $0.name == sides[0] })
            else { return nil }
            parts.append(.init(name: String(sides[0]), share: share))
        }
        if parts.isEmpty { return nil }
        self.parts = parts
    }

    var defaultValueDescription: String { parts.map { "\($0.name)=\($0.share)" }.joined(separator: ",") }
}
