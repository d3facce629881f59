import Needletail

/// A dilated kernel sees more with the same weights.
enum Dilated: Chapter {
    static let name = "dilated"
    static let title = "dilated convolution and what a place sees"

    static func run(_ notebook: Notebook) throws {
        let picture = Matrix(5, 5) { Float(5 * $0 + $1) }
        let corners = Matrix(3, 3) { row, column in row != 1 && column != 1 ? 1 : 0 }
        let layer = Convolution(corners, dilation: 2)
        let graph = Graph { $0.output("y", layer($0.input("x", channels: 1))) }
        notebook.show(picture, "picture")
        notebook.show(try notebook.compute(graph, picture), "its four corners, by one kernel of 3x3 with dilation 2")

        notebook.title("Three kernels of 3x3, one behind the other")
        try see(dilations: [1, 1, 1])
        try see(dilations: [1, 2, 4])

        notebook.title("Strides of 2 make the next kernel see twice as far")
        let summary = try summary("conv 3 stride=2; conv 3 stride=2; conv 3 stride=2")
        for layer in summary.layers {
            guard let field = layer.receptiveField else { continue }
            print("sees \(Int(field.height)), neighbours are \(Int(field.strideHeight)) pixels apart")
        }
    }

    private static func see(dilations: [Int]) throws {
        let layers = dilations.map { "conv 3 dilation=\($0) padding=\($0)" }.joined(separator: "; ")
        let fields = try summary(layers).layers.compactMap(\.receptiveField).map { "\(Int($0.height))" }
        let weights = try summary(layers).layers.reduce(0) { $0 + $1.weightCount }
        let list = dilations.map(String.init).joined(separator: ", ")
        print("dilation \(list): sees \(fields.joined(separator: ", ")) pixels, \(weights) weights")
    }

    private static func summary(_ layers: String) throws -> GraphSummary {
        try GraphSummary(
            LayerList(layers).graph, inputShape: TensorShape(batch: 1, height: 64, width: 64, channels: 1))
    }
}
