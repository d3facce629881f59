import ArgumentParser
import Needletail

struct InspectAnchors: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anchors",
        abstract: "Draw which anchors or cells are to find the objects of a photograph, and which nothing.",
        discussion: """
            As training decides it: anchors by how much they overlap an object; the cells of detectors without anchors by \
            what they predict at the moment, so that these differ with the weights. A model that is given by name is made \
            for the classes of the dataset.

            EXAMPLE
              needletail inspect anchors runs/cells/best.safetensors photo.jpg \\
                  --annotations cells/train.json --output anchors.png
            """)

    @Argument(help: "A detector's file, or a detector by name.")
    var model: String

    @Argument(help: "The photograph.")
    var photograph: String

    @Option(help: "The dataset with its objects.")
    var annotations: String

    @Option(help: "The PNG to write.")
    var output: String

    @OptionGroup var overwriting: OverwriteOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    private struct Result: Encodable {
        struct Level: Encodable {
            var level: String
            var counts: LabeledPlacesPicture.Counts
        }

        struct Object: Encodable {
            var name: String
            /// Anchors or cells that are to find it.
            var places: Int
        }

        var output: String
        /// `anchors` or `cells`.
        var kind: String
        var counts: LabeledPlacesPicture.Counts
        var levels: [Level]
        var objects: [Object]
    }

    func run() throws {
        let dataset = try AnnotatedPhotograph.dataset(annotations, of: photograph)
        let subject = try NetworkSubject(
            model: model, categories: try CategoryMap.newCategories(of: dataset), for: .weights)
        let detector = try subject.requireDetector()
        try overwriting.claim(output, as: "the picture", apartFrom: [model, photograph, annotations])
        let photograph = try AnnotatedPhotograph(
            photograph, of: dataset, categories: detector.configuration.categories)
        let transform = detector.inputTransform, image = photograph.image
        let target = photograph.target(transform)
        guard let labels = try detector.labels(of: image, target: target, pool: threads.makePool()) else {
            throw CommandError("\(model): detectors of this kind do not tell what their anchors or cells are to find.")
        }
        let size = transform.resizedSize(width: image.width, height: image.height)
        let picture = LabeledPlacesPicture(
            photograph: image, places: labels,
            objects: zip(target.boxes, photograph.names).map { .init(box: $0, name: $1) },
            levels: detector.network.levels.map(\.name), size: .init(width: size.width, height: size.height))
        try picture.image.writePNG(to: output)
        let hasCells = detector.configuration.network.classPredictors.allSatisfy { $0.predictionsPerCell == 1 }
        let result = Result(
            output: output,
            kind: hasCells ? "cells" : "anchors", counts: picture.counts,
            levels: picture.levelCounts.map { .init(level: $0.level, counts: $0.counts) },
            objects: zip(photograph.names, picture.objectCounts).map { .init(name: $0, places: $1) })
        try outputOptions.console.result(result) { text(result) }
    }

    private func text(_ result: Result) -> String {
        func row(_ name: String, _ counts: LabeledPlacesPicture.Counts) -> [String] {
            [name, "\(counts.object)", "\(counts.ignored)", "\(counts.background)"]
        }
        let levels =
            [["level", "object", "ignored", "background"]] + result.levels.map { row($0.level, $0.counts) }
            + [row("all", result.counts)]
        let objects =
            [["object", result.kind]] + result.objects.map { [$0.name, "\($0.places)"] }
        return "\(result.output): the \(result.kind) of \(Count.text(result.objects.count, "object"))\n\n"
            + Table.text(levels) + "\n\n" + Table.text(objects)
    }
}
