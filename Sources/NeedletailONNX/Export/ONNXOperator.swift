import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels

/// An operator that knows how ONNX says it: maps are `[batch, channels, height, width]` there.
///
/// Each operator of a graph conforms in a file of its own; one that does not is refused by its name.
protocol ONNXOperator: Operator {
    /// Whether the nodes hold for maps of one size only.
    func needsFixedSize(of inputs: [TensorType]) -> Bool

    /// Whether the nodes hold for one number of images only.
    var needsFixedBatch: Bool { get }

    /// How the inputs have to lie, where the first lies as given.
    func axes(_ given: ONNXAxes) -> ONNXAxes

    /// How results lie.
    ///
    /// - Parameter axes: Of the inputs.
    func resultAxes(_ axes: ONNXAxes, rank: Int) -> ONNXAxes

    /// Writes the nodes.
    ///
    /// - Returns: The names of the results.
    /// - Throws: ``ONNXError`` where ONNX has no way to say it.
    func write(at site: ONNXSite) throws(ONNXError) -> [String]
}

extension ONNXOperator {
    func needsFixedSize(of inputs: [TensorType]) -> Bool { false }
    var needsFixedBatch: Bool { false }
    func axes(_ given: ONNXAxes) -> ONNXAxes { .channelsSecond(given.rank) }
    func resultAxes(_ axes: ONNXAxes, rank: Int) -> ONNXAxes { axes.rank == rank ? axes : .channelsSecond(rank) }
}

/// An operator that looks at each number by itself, or at axes that may stand anywhere.
protocol ONNXPointwise: ONNXOperator {}

extension ONNXPointwise {
    func axes(_ given: ONNXAxes) -> ONNXAxes { given }
}

/// An operator on tensors of any rank, written for those of one shape.
protocol ONNXRankOperator: ONNXOperator {}

extension ONNXRankOperator {
    func needsFixedSize(of inputs: [TensorType]) -> Bool { true }
    var needsFixedBatch: Bool { true }
    func axes(_ given: ONNXAxes) -> ONNXAxes { given }
}

/// A place in an ONNX graph where an operator writes its nodes.
struct ONNXSite {
    let writer: ONNXWriter
    /// Of the node.
    let name: String
    /// Of the values.
    let inputs: [String]
    /// How the inputs lie.
    let axes: ONNXAxes
    /// As the graph has them, channels last.
    let inputTypes: [TensorType]
    let outputTypes: [TensorType]
    /// Whether height and width of maps are open.
    let isSizeFree: Bool

    func node(_ kind: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:]) -> String {
        writer.node(kind, inputs, attributes, named: name)
    }

    /// The parameter as it is.
    func weight(_ parameter: Parameter) -> String {
        writer.weights(for: parameter) {
            [writer.weight(parameter.values, parameter.shape, named: parameter.name)]
        }[0]
    }

    /// A number for each channel, as it stands beside maps or rows: `[channels, 1, 1]` or `[channels]`.
    func channelWeight(_ parameter: Parameter) -> String {
        writer.weights(for: [AnyHashable(parameter), AnyHashable(axes.rank - axes.channels)]) {
            [channelNumbers(Array(parameter.values), named: parameter.name)]
        }[0]
    }

    func channelNumbers(_ numbers: [Float], named name: String) -> String {
        let shape = [numbers.count] + [Int](repeating: 1, count: axes.rank - 1 - axes.channels)
        return writer.floats(numbers, shape, named: name)
    }

    func refusal(_ problem: String) -> ONNXError {
        ONNXError(.unsupported, subject: "node '\(name)'", problem: problem)
    }
}

extension ONNXAttribute {
    /// Height and width.
    static func extent(_ extent: Extent) -> ONNXAttribute {
        .integers([Int64(extent.height), Int64(extent.width)])
    }

    /// Rows and columns before a map, then those behind it.
    static func edges(_ edges: EdgePadding) -> ONNXAttribute {
        .integers([edges.top, edges.left, edges.bottom, edges.right].map { Int64($0) })
    }
}

extension ONNXSite {
    /// How a map is padded before a window moves over it, as `pads` or, where its size is open, by name.
    func padding(_ padding: Padding, window: Extent, stride: Extent) -> [String: ONNXAttribute] {
        if isSizeFree, case .same(let excess) = padding {
            return ["auto_pad": .text(excess == .end ? "SAME_UPPER" : "SAME_LOWER")]
        }
        let map = inputTypes[0].shape
        return [
            "pads": .edges(
                padding.edges(
                    map: Extent(height: map.height, width: map.width), window: window, stride: stride))
        ]
    }
}
