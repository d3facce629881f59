import Needletail

/// What size a map has behind a layer: `⌊(n + 2p - k) / s⌋ + 1`.
enum Sizes: Chapter {
    static let name = "sizes"
    static let title = "what size a map has behind a layer"

    static func run(_ notebook: Notebook) throws {
        notebook.title("A map of 200x200 under three layers")
        try follow(size: 200, "conv 5 stride=2 padding=1; max-pool 3; conv 3 padding=1")

        notebook.title("AlexNet's maps, from 227x227")
        try follow(
            size: 227,
            """
            conv 96 kernel=11 stride=4; max-pool 3 stride=2; conv 256 kernel=5 padding=2; max-pool 3 stride=2
            conv 384 kernel=3 padding=1; conv 384 kernel=3 padding=1; conv 256 kernel=3 padding=1; max-pool 3 stride=2
            """)

        notebook.title("Half of an odd kernel around a map keeps its size; 'same' does it for every kernel")
        for kernel in [1, 3, 4, 5, 7] {
            let padded = formula(28, kernel: kernel, stride: 1, padding: kernel / 2)
            let layers = try LayerList("conv \(kernel) padding=same")
            let shape = TensorShape(batch: 1, height: 28, width: 28, channels: 1)
            let same = try layers.graph.outputTypes(inputs: [TensorType(shape)])[0].shape
            print("28 under \(kernel): padding \(kernel / 2) leaves \(padded), 'same' leaves \(same.height)")
        }
    }

    static func formula(_ size: Int, kernel: Int, stride: Int, padding: Int) -> Int {
        (size + 2 * padding - kernel) / stride + 1
    }

    /// Says the size behind every layer, as the formula has it and as the network has it.
    private static func follow(size: Int, _ text: String) throws {
        let graph = try LayerList(text).graph
        let shape = TensorShape(batch: 1, height: size, width: size, channels: 1)
        let types = try graph.types(inputs: [TensorType(shape)])
        var size = size
        for (node, type) in zip(graph.nodes, types) {
            guard let window = node.operation.window(of: [type[0]]) else { continue }
            let padding = padding(of: node.operation)
            size = formula(size, kernel: window.size.height, stride: window.stride.height, padding: padding)
            print(
                "k=\(window.size.height) s=\(window.stride.height) p=\(padding): \(size), "
                    + "and the network has \(type[0].shape.height)x\(type[0].shape.width)")
        }
    }

    private static func padding(of operation: any Operator) -> Int {
        if let layer = operation as? Convolution, case .edges(let edges) = layer.padding { edges.top } else { 0 }
    }
}
