import ArgumentParser
import Needletail

struct InspectSuppression: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suppression",
        abstract: "Draw the boxes of a detector before and after those that overlap are suppressed.",
        discussion: """
            EXAMPLE
              needletail inspect suppression runs/cells/best.safetensors photo.jpg \\
                  --threshold 0.3 --output suppression.png
            """)

    @Argument(help: "A detector's file, or a run.")
    var detector: String

    @Argument(help: "The photograph.")
    var photograph: String

    @Option(help: "The score from which boxes are drawn.")
    var threshold = 0.3

    @Option(
        help:
            "Of two boxes of a class that overlap by more than this IoU the better is kept: the detector's, 0.5, unless given."
    )
    var overlap: Double?

    @Option(help: "The PNG to write.")
    var output: String

    @OptionGroup var overwriting: OverwriteOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (0...1).contains(threshold) else {
            throw ValidationError("--threshold takes a number from 0 to 1, not \(threshold).")
        }
        guard (0...1).contains(overlap ?? 0) else { throw ValidationError("--overlap takes a number from 0 to 1.") }
    }

    private struct Result: Encodable {
        var output: String
        var threshold: Double
        var overlap: Double
        var before: Int
        var after: Int
    }

    func run() throws {
        let subject = try NetworkSubject(model: detector, for: .weights)
        let model = try subject.requireDetector()
        try overwriting.claim(output, as: "the picture", apartFrom: [detector, photograph])
        subject.noteDrawnWeights(outputOptions.console)
        if let overlap { model.configuration.postProcessing.overlapThreshold = overlap }
        let limits = model.configuration.postProcessing
        model.configuration.postProcessing.scoreThreshold = min(limits.scoreThreshold, Float(threshold))
        let image = try Image(contentsOf: photograph)
        let picture = SuppressionPicture(
            photograph: image, try model.suppression(in: image, pool: threads.makePool()), threshold: threshold,
            overlap: limits.overlapThreshold)
        try picture.image.writePNG(to: output)
        let result = Result(
            output: output, threshold: threshold, overlap: limits.overlapThreshold, before: picture.before.count,
            after: picture.after.count)
        try outputOptions.console.result(result) {
            "\(output): \(Count.text(result.before, "box", plural: "boxes")) with a score from \(threshold) before suppression, "
                + "\(result.after) after it"
        }
    }
}
