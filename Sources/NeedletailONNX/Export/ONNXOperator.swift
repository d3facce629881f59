import NeedletailCheckpoints
import NeedletailGraph
import NeedletailKernels

/// An operator that knows how ONNX says it: maps are `[batch, channels, height, width]` there.
///
/// Each operator of a graph conforms in a file of its own; one that does not is refused by its name.
protocol ONNXOperator: Operator {
    /// Whether the nodes hold for maps of one size only.
    func needsFixedSize(of inputs: [TensorType]) -> Bool

    /// Writes the nodes.
    ///
    /// - Returns: The names of the results.
    /// - Throws: ``ONNXError`` where ONNX has no way to say it.
    func write(at site: ONNXSite) throws(ONNXError) -> [String]
}

extension ONNXOperator {
    func needsFixedSize(of inputs: [TensorType]) -> Bool { false }
}

/// A place in an ONNX graph where an operator writes its nodes.
struct ONNXSite {
    let writer: ONNXWriter
    /// Of the node.
    let name: String
    /// Of the values.
    let inputs: [String]
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
        writer.weights(for: [AnyHashable(parameter), AnyHashable(inputTypes[0].shape.rank)]) {
            let shape = [parameter.count] + [Int](repeating: 1, count: inputTypes[0].shape.rank - 2)
            return [writer.floats(Array(parameter.values), shape, named: parameter.name)]
        }[0]
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
