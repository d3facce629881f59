import ArgumentParser
import Needletail

struct InspectFilters: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "filters",
        abstract: "Draw the filters of a layer, the first one unless another is named.",
        discussion: """
            Filters over red, green and blue are shown in colour; of others every channel is a picture. All are on one \
            scale, which stands above them.

            EXAMPLE
              needletail inspect filters resnet18-f37072fd.pth --output filters.png
              needletail inspect filters yolox_nano.pth \\
                  --node backbone.backbone.dark2.0.dconv.conv --output filters.png
            """)

    @Argument(help: "A file of weights, a network in words, or a model's name.")
    var model: String

    @Option(help: "The layer, by the name that 'needletail inspect maps' lists.")
    var node: String?

    @Option(help: "The PNG to write.")
    var output: String

    @Option(
        help: "Height and width of the input, as 224x320, or one number for both, where an ONNX file leaves them open.")
    var input: InputSize?

    @OptionGroup var overwriting: OverwriteOptions
    @OptionGroup var outputOptions: OutputOptions

    private struct Result: Encodable {
        var output: String
        var node: String
        var filters: Int
        var channels: Int
        var height: Int
        var width: Int
        /// The weight that is white; black is its negative.
        var limit: Float
    }

    func run() throws {
        let subject = try NetworkSubject(model: model, input: input, for: .weights)
        try overwriting.claim(output, as: "the picture", apartFrom: [model])
        subject.noteDrawnWeights(outputOptions.console)
        if let node { try subject.requireNode(node) }
        let sheet = try FilterSheet(
            of: node, in: subject.graph, inputShape: subject.usualShape, isReversed: subject.readsBlueFirst)
        try sheet.image.writePNG(to: output)
        let result = Result(
            output: output, node: sheet.node, filters: sheet.filterCount, channels: sheet.channelCount,
            height: sheet.size.height, width: sheet.size.width, limit: sheet.limit)
        try outputOptions.console.result(result) { "\(output): \(sheet.heading.joined(separator: "; "))" }
    }
}
