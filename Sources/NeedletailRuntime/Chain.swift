import NeedletailGraph
import NeedletailKernels

/// Convolutions of a graph that follow one another and run band by band.
struct Chain {
    /// Places in the graph.
    let nodes: Range<Int>
    let kernel: ConvolutionChain

    /// The chains of a graph: as many convolutions as stand one behind the other, each the only reader of the one before,
    /// where the maps between them are large enough.
    static func all(
        in graph: Graph, _ types: [[TensorType]], _ needsGradient: [Bool], threadCount: Int
    ) -> [Chain] {
        var readerCounts = [Int](repeating: 0, count: graph.nodes.count)
        for node in graph.nodes { for input in node.inputs { readerCounts[input.node] += 1 } }
        for output in graph.outputs { readerCounts[output.port.node] += 1 }

        let shapes = graph.nodes.indices.map { index -> ConvolutionShape? in
            let node = graph.nodes[index]
            guard !needsGradient[index], types[index].count == 1, let operation = node.operation as? Convolution
            else { return nil }
            return operation.convolutionShape(of: types[node.inputs[0].node][node.inputs[0].output])
        }
        /// Whether a convolution reads the map of the one before it, and nobody else does.
        func follows(_ index: Int) -> Bool {
            guard index > 0, shapes[index - 1] != nil, shapes[index] != nil else { return false }
            let operation = graph.nodes[index - 1].operation as? Convolution
            return graph.nodes[index].inputs[0] == Graph.Port(node: index - 1) && readerCounts[index - 1] == 1
                && operation?.epilogue.addsResidual == false
        }

        var chains: [Chain] = [], first = 0
        while first < graph.nodes.count {
            var end = first + 1
            while end < graph.nodes.count, follows(end),
                ConvolutionChain.pays(for: shapes[first...end].compactMap(\.self))
            {
                end += 1
            }
            if end < graph.nodes.count, follows(end) {
                // Where there is no room for the next one, the smallest map is the one to be written.
                let sizes = shapes[first..<end].map { $0?.outputCount ?? 0 }
                let smallest = sizes.indices.min { (sizes[$0], $1) < (sizes[$1], $0) } ?? 0
                end = first + smallest + 1
            }
            let links = shapes[first..<end].compactMap(\.self)
            if links.count > 1, let kernel = ConvolutionChain(shapes: links, threadCount: threadCount) {
                chains.append(Chain(nodes: first..<end, kernel: kernel))
            }
            first = end
        }
        return chains
    }
}
