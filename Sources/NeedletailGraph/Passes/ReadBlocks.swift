import NeedletailKernels

/// Lets a convolution behind a `SpaceToDepth` that nobody else reads read the pixels of its blocks itself: then it is one with
/// a kernel and a stride as many times as large, and nothing is moved.
public struct ReadBlocks: GraphPass {
    private let trained: Set<Parameter>

    /// - Parameter trained: What these depend on stays as it is: there is no gradient of the weights in their other order.
    public init(trained: Set<Parameter> = []) {
        self.trained = trained
    }

    public func callAsFunction(_ graph: Graph) -> Graph {
        var fusion = NodeFusion(graph)
        let needsGradient = graph.dependents(on: trained)
        for (index, node) in graph.nodes.enumerated() {
            guard let blocks = node.operation as? SpaceToDepth, let next = fusion.soleReader(of: index),
                graph.nodes[next].inputs.first?.node == index, !needsGradient[next],
                var convolution = graph.nodes[next].operation as? Convolution, convolution.canRead(blocks)
            else { continue }
            convolution.blocks = blocks
            let node = graph.nodes[next]
            fusion.fuse(
                [index, next],
                into: Graph.Node(
                    name: node.name, operation: convolution,
                    inputs: graph.nodes[index].inputs + node.inputs.dropFirst()))
        }
        return fusion.rewritten()
    }
}

extension Convolution {
    fileprivate func canRead(_ blocks: SpaceToDepth) -> Bool {
        self.blocks == nil && dilation == 1 && groups == 1
            && weight.shape[1].isMultiple(of: blocks.block * blocks.block)
    }
}

extension SpaceToDepth {
    /// A convolution of blocks as one of their pixels.
    func spread(_ shape: ConvolutionShape) -> ConvolutionShape {
        var spread = shape
        spread.inputHeight *= block
        spread.inputWidth *= block
        spread.inputChannels /= block * block
        spread.kernel = Extent(height: shape.kernel.height * block, width: shape.kernel.width * block)
        spread.stride = Extent(height: shape.stride.height * block, width: shape.stride.width * block)
        spread.padding = EdgePadding(
            top: shape.padding.top * block, left: shape.padding.left * block, bottom: shape.padding.bottom * block,
            right: shape.padding.right * block)
        return spread
    }

    /// Weights `[outputs, block² · channels, height, width]` as `[outputs, channels, height · block, width · block]`.
    func spread(_ weights: UnsafeBufferPointer<Float>, shape: [Int]) -> [Float] {
        let channels = shape[1] / (block * block), height = shape[2], width = shape[3]
        var spread = [Float](repeating: 0, count: weights.count)
        for output in 0..<shape[0] {
            for place in 0..<block * block {
                let (x, y) = order == .columns ? (place / block, place % block) : (place % block, place / block)
                for channel in 0..<channels {
                    let source = (output * shape[1] + place * channels + channel) * height * width
                    let target = (output * channels + channel) * height * block
                    for row in 0..<height {
                        for column in 0..<width {
                            spread[(target + row * block + y) * width * block + column * block + x] =
                                weights[source + row * width + column]
                        }
                    }
                }
            }
        }
        return spread
    }
}
