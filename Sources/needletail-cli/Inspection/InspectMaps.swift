import ArgumentParser
import Needletail

struct InspectMaps: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maps",
        abstract: "Draw the feature maps of a node for a photograph, or list the nodes.",
        discussion: """
            Without --node the nodes are listed, with the shapes that they have for this photograph. Maps are drawn as heat \
            maps, all on one scale, which stands above them.

            EXAMPLE
              needletail inspect maps resnet18-f37072fd.pth photo.jpg
              needletail inspect maps resnet18-f37072fd.pth photo.jpg \\
                  --node layer1.0.conv1 --output maps.png
            """)

    @Argument(help: "A file of weights, a network in words, or a model's name.")
    var model: String

    @Argument(help: "The photograph.")
    var photograph: String

    @Option(help: "The node.")
    var node: String?

    @Option(help: "The PNG to write.")
    var output: String?

    @Option(help: "Channels that are drawn at most.")
    var channels = 64

    @Option(help: "Height and width of the input of a classifier or an ONNX file, as 224x320, or one number for both.")
    var input: InputSize?

    @OptionGroup var overwriting: OverwriteOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (node == nil) == (output == nil) else {
            throw ValidationError("--node and --output go together; without both the nodes are listed.")
        }
        guard (1...4096).contains(channels) else {
            throw ValidationError("--channels takes a number from 1 to 4096, not \(channels).")
        }
    }

    private struct NodeList: Encodable {
        struct Node: Encodable {
            var name: String
            var operation: String
            var shape: [Int]
        }

        var nodes: [Node]
    }

    private struct Result: Encodable {
        var output: String
        var node: String
        var shape: [Int]
        var least: Float
        var greatest: Float
    }

    func run() throws {
        let subject = try NetworkSubject(model: model, input: input, for: .weights)
        let picture = try NetworkInput(photograph, of: subject, size: input)
        guard let node, let output else { return try list(subject, picture) }
        try subject.requireNode(node)
        try overwriting.claim(output, as: "the picture", apartFrom: [model, photograph])
        subject.noteDrawnWeights(outputOptions.console)
        let maps = try FeatureMaps(
            of: node, in: subject.graph, input: picture.pixels, inputShape: picture.shape, pool: threads.makePool())
        try maps.image(of: picture.image, mostChannels: channels).writePNG(to: output)
        let result = Result(
            output: output, node: node, shape: maps.shape.dimensions, least: maps.range.lowerBound,
            greatest: maps.range.upperBound)
        try outputOptions.console.result(result) {
            "\(output): \(node), \(Self.text(maps.shape)), from \(Table.number(Double(result.least))) to "
                + Table.number(Double(result.greatest))
        }
    }

    private func list(_ subject: NetworkSubject, _ picture: NetworkInput) throws {
        let graph = subject.graph
        let types = try graph.types(inputs: [TensorType(picture.shape)])
        let list = NodeList(
            nodes: zip(graph.nodes, types).map { node, types in
                .init(
                    name: node.name,
                    operation: ([type(of: node.operation).name] + node.operation.attributes).joined(separator: " "),
                    shape: types[0].shape.dimensions)
            })
        try outputOptions.console.result(list) {
            let rows = list.nodes.map { [$0.name, $0.operation, Self.text(TensorShape($0.shape))] }
            return Table.text([["node", "operator", "output"]] + rows, leftColumns: 2)
                + "\n\nDraw one: needletail inspect maps MODEL PHOTO --node NODE --output maps.png"
        }
    }

    /// Without the batch of one.
    private static func text(_ shape: TensorShape) -> String {
        shape.dimensions.dropFirst().map(String.init).joined(separator: "x")
    }
}
