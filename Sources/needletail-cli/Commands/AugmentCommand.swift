import ArgumentParser
import Needletail

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

struct AugmentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "augment",
        abstract: "Show what augmentation does to a dataset: a contact sheet with the boxes drawn.",
        discussion: """
            Each row holds an image as it is and as training sees it in the epochs that follow, with the same seed \
            and policy. What was done is printed, a JSON line an image; --replay makes the pictures of such lines \
            again, also of a run's augmentation.jsonl.

            A policy is \(AugmentationArgument.names), or a file with an operation a line:
              flip-horizontal p=0.5
              brightness p=0.3 factor=0.8..1.2
              one-of p=0.2 {
                motion-blur size=3..7
                iso-noise
              }
              boxes min-side=4 min-visible=0.3
            It is done in this order; p says how often, and every number is drawn from its range. one-of does one of \
            the lines between its braces, some-of count=1..3 so many; there p says how often a line is chosen among \
            the others. --list shows all operations.

            EXAMPLE
              needletail augment --list
              needletail augment cells/train.json sheet.png \\
                  --images BCCD/JPEGImages --policy standard
            """)

    @Argument(help: "The dataset: a file or folder, as 'convert' reads it.")
    var dataset = ""

    @Argument(help: "The contact sheet, a PNG file.")
    var sheet = ""

    @Flag(help: "List the operations of policies, with what their numbers are drawn from by default.")
    var list = false

    @OptionGroup var source: SourceOptions

    @Option(help: "What may be done: \(AugmentationArgument.names), or a file.")
    var policy = "standard"

    @Option(help: "The seed, as in 'train'.")
    var seed: UInt64 = 0

    @Option(help: "The first epoch to show.")
    var epoch = 1

    @Option(help: "How many epochs to show.")
    var epochs = 4

    @Option(help: "How many images to show, spread over the dataset.")
    var count = 4

    @Option(help: "The network's input, as in 'train', which shrinks images that are far larger first.")
    var size: Int?

    @Flag(help: "Count images without boxes too, as 'train --keep-empty' does.")
    var keepEmpty = false

    @Option(help: "A file of lines to carry out instead of drawing from the policy.")
    var replay: String?

    @OptionGroup var overwriting: OverwriteOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard list || !sheet.isEmpty else { throw ValidationError("Give DATASET and SHEET, or --list.") }
        guard (1...100).contains(count) else { throw ValidationError("--count takes a number from 1 to 100.") }
        guard (1...20).contains(epochs) else { throw ValidationError("--epochs takes a number from 1 to 20.") }
        guard (32...8192).contains(size ?? 32) else { throw ValidationError("--size takes a number from 32 to 8192.") }
        guard (1...1_000_000).contains(epoch) else {
            throw ValidationError("--epoch takes a number from 1 to 1000000.")
        }
    }

    private struct Result: Encodable {
        var sheet: String
        var draws: [AugmentationDraw]
        var failedImages: [String]
    }

    func run() throws {
        let console = output.console
        if list {
            return try console.result(AugmentationStep.examples) { AugmentationStep.examples.joined(separator: "\n") }
        }
        let policy = try AugmentationArgument.policy(policy)
        let lines = try replay.map(readLines)
        let dataset = try source.read(dataset, console: console)
        try overwriting.claim(
            sheet, as: "the sheet",
            apartFrom: [self.dataset, replay].compactMap(\.self)
                + dataset.images.indices.map { dataset.imagePath(ofImage: $0) })
        let data = try TrainingData(
            dataset,
            categories: dataset.categories.enumerated().map { .init(id: $1.number, name: $1.name, classIndex: $0 + 1) },
            keepsEmptyImages: keepEmpty)
        var page = AugmentationSheet(dataset.categories, columns: lines == nil ? epochs + 1 : 4)
        if let notice = page.painter.notice { console.warn(notice) }
        var result = Result(sheet: sheet, draws: [], failedImages: [])
        if let lines {
            try replay(lines, data: data, policy: policy, to: &page, &result)
        } else {
            for index in 0..<min(count, data.count) {
                let row = index * data.count / min(count, data.count)
                do {
                    try show(row, data: data, policy: policy, on: &page, &result)
                } catch {
                    console.warn("set aside: \(Wording.commandLine(error))")
                    result.failedImages.append(data.names[row])
                }
            }
        }
        guard !result.draws.isEmpty else {
            throw CommandError("\(self.dataset): no image could be shown; the warnings above say why.")
        }
        try page.sheet.image.writePNG(to: sheet)
        console.note("\(sheet): the contact sheet")
        try console.result(result) { result.draws.map(\.line).joined(separator: "\n") }
    }

    private func show(
        _ row: Int, data: TrainingData, policy: AugmentationPolicy, on page: inout AugmentationSheet,
        _ result: inout Result
    ) throws {
        page.append(try data.labeledImage(row), caption: data.names[row])
        for epoch in epoch..<epoch + epochs {
            let (sample, draw) = try data.augmented(row, policy: policy, seed: seed, epoch: epoch, inputSide: size)
            page.append(sample, caption: "epoch \(epoch)")
            result.draws.append(draw)
        }
    }

    private func readLines(_ path: String) throws -> [AugmentationDraw] {
        try TextFile.read(path).split(separator: "\n").prefix(count * epochs)
            .map { try AugmentationDraw(line: String($0)) }
    }

    private func replay(
        _ lines: [AugmentationDraw], data: TrainingData, policy: AugmentationPolicy, to page: inout AugmentationSheet,
        _ result: inout Result
    ) throws {
        let rows = Dictionary(zip(data.names, data.names.indices), uniquingKeysWith: { first, _ in first })
        for line in lines {
            guard let row = rows[line.image] else {
                throw CommandError(
                    "\(dataset): there is no image \(line.image). Give the dataset that the lines are of.")
            }
            let sample = try AugmentationRecipe(line.recipe)
                .apply(to: data.labeledImage(row), pool: data.pool, rules: policy.rules)
            page.append(sample, caption: "\(line.image), epoch \(line.epoch)")
            result.draws.append(line)
        }
    }
}

/// Augmented pictures with their boxes, every class in its colour.
private struct AugmentationSheet {
    let names: [String]
    let painter: BoxPainter
    var sheet: ContactSheet

    init(_ categories: [Category], columns: Int) {
        names = categories.map(\.name)
        painter = BoxPainter(names: names, numbers: categories.map(\.number))
        sheet = ContactSheet(columns: columns)
    }

    mutating func append(_ sample: LabeledImage, caption: String) {
        let boxes = sample.objects.map { painter.annotation($0.box, name: names[$0.label - 1], isCrowd: false) }
        sheet.append(sample.image, boxes: boxes, caption: caption)
    }
}
