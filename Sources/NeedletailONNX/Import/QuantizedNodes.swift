import NeedletailCheckpoints

/// Operators on numbers of eight bits, as those on the numbers that these stand for: a plan computes them like all others.
///
/// `QLinearConv` becomes a `DequantizeLinear` of what it reads, a `Conv`, and a `QuantizeLinear` of its result. What quantises
/// with the range of the numbers that it finds does so in single precision, with the same whole numbers.
/// Source: <https://onnx.ai/onnx/operators>, and for those of com.microsoft
/// <https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md>.
struct QuantizedNodes {
    private var nodes: [ONNXNode] = []
    private var constants: [StoredTensor] = []
    private let node: ONNXNode
    private let prefix: String

    /// The nodes in the place of one; nil where it is none on numbers of eight bits.
    ///
    /// - Parameter isResult: Whether the network gives what it makes, which has to be of the same kind.
    /// - Returns: Nodes of ONNX's own operators, and the constants that they read.
    static func replacing(_ node: ONNXNode, isResult: Bool) -> (nodes: [ONNXNode], constants: [StoredTensor])? {
        var made = QuantizedNodes(node)
        guard !isResult || !wholeNumbers.contains(node.kind), made.make() else { return nil }
        return (made.nodes, made.constants)
    }

    /// Those whose results are whole numbers that are floats here.
    private static let wholeNumbers: Set<String> = ["ConvInteger", "MatMulInteger", "DynamicQuantizeLinear"]

    private init(_ node: ONNXNode) {
        self.node = node
        prefix = (node.outputs.first { !$0.isEmpty } ?? node.name) + "/"
    }

    private func input(_ slot: Int) -> String { slot < node.inputs.count ? node.inputs[slot] : "" }

    private mutating func add(
        _ kind: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:], output: String? = nil
    ) -> String {
        let name = output ?? "\(prefix)\(kind)-\(nodes.count)"
        var inputs = inputs
        while inputs.last == "" { inputs.removeLast() }
        nodes.append(ONNXNode(kind, name: node.name, inputs: inputs, outputs: [name], attributes: attributes))
        return name
    }

    private mutating func number(_ value: Float) -> String {
        let name = "\(prefix)number-\(constants.count)"
        constants.append(StoredTensor(name: name, shape: [], floats: [value]))
        return name
    }

    /// The numbers that three inputs in a row stand for: numbers, scale and zero.
    private mutating func read(_ slot: Int, axis: Int = 1) -> String {
        add(
            "DequantizeLinear", [input(slot), input(slot + 1), input(slot + 2)], ["axis": .integer(Int64(axis))])
    }

    /// Numbers less their zero.
    private mutating func shifted(_ slot: Int, by zero: Int) -> String {
        let numbers = add("Cast", [input(slot)], ["to": .integer(1)])
        guard !input(zero).isEmpty else { return numbers }
        return add("Sub", [numbers, add("Cast", [input(zero)], ["to": .integer(1)])])
    }

    /// Writes the result with a scale and a zero.
    private mutating func write(_ value: String, scale: Int) {
        _ = add("QuantizeLinear", [value, input(scale), input(scale + 1)], output: node.outputs[0])
    }

    private func attributes(without names: String...) -> [String: ONNXAttribute] {
        node.attributes.filter { !names.contains($0.key) }
    }

    private mutating func make() -> Bool {
        guard let output = node.outputs.first else { return false }
        // Maps with their channels last are those of no other operator here.
        let isChannelsLast = if case .integer(let flag)? = node.attributes["channels_last"] { flag != 0 } else { false }
        if isChannelsLast { return false }
        switch node.kind {
        case "QLinearConv":
            let values = read(0), weights = read(3, axis: 0)
            var inputs = [values, weights]
            if !input(8).isEmpty {
                let scale = add("Mul", [input(1), input(4)])
                inputs.append(add("Mul", [add("Cast", [input(8)], ["to": .integer(1)]), scale]))
            }
            write(add("Conv", inputs, node.attributes), scale: 6)
        case "QLinearMatMul": write(add("MatMul", [read(0), read(3, axis: -1)]), scale: 6)
        case "QGemm":
            let isTransposed = if case .integer(1)? = node.attributes["transB"] { true } else { false }
            var inputs = [read(0), read(3, axis: isTransposed ? 0 : 1)]
            if !input(6).isEmpty {
                let scale = add("Mul", [input(1), input(4)])
                inputs.append(add("Mul", [add("Cast", [input(6)], ["to": .integer(1)]), scale]))
            }
            let sum = add("Gemm", inputs, node.attributes)
            if input(7).isEmpty { _ = add("Identity", [sum], output: output) } else { write(sum, scale: 7) }
        case "QLinearAdd": write(add("Add", [read(0), read(3)]), scale: 6)
        case "QLinearMul": write(add("Mul", [read(0), read(3)]), scale: 6)
        case "QLinearSigmoid": write(add("Sigmoid", [read(0)]), scale: 3)
        case "QLinearLeakyRelu": write(add("LeakyRelu", [read(0)], node.attributes), scale: 3)
        case "QLinearSoftmax": write(add("Softmax", [read(0)], attributes(without: "opset")), scale: 3)
        case "QLinearGlobalAveragePool": write(add("GlobalAveragePool", [read(0)]), scale: 3)
        case "QLinearAveragePool":
            write(add("AveragePool", [read(0)], attributes(without: "channels_last")), scale: 3)
        case "QLinearConcat":
            let parts = stride(from: 2, to: node.inputs.count, by: 3).map { read($0) }
            write(add("Concat", parts, node.attributes), scale: 0)
        case "ConvInteger":
            let weights = add("DequantizeLinear", [input(1), number(1), input(3)], ["axis": .integer(0)])
            _ = add("Conv", [shifted(0, by: 2), weights], node.attributes, output: output)
        case "MatMulInteger": _ = add("MatMul", [shifted(0, by: 2), shifted(1, by: 3)], output: output)
        case "DynamicQuantizeLinear":
            guard node.outputs.count == 3 else { return false }
            let none = number(0), all: [String: ONNXAttribute] = ["keepdims": .integer(0)]
            let high = add("Max", [add("ReduceMax", [input(0)], all), none])
            let low = add("Min", [add("ReduceMin", [input(0)], all), none])
            let step = add("Div", [add("Sub", [high, low]), number(255)])
            let scale = add("Max", [step, number(.leastNormalMagnitude)], output: node.outputs[1])
            let zero = add("Round", [add("Div", [add("Neg", [low]), scale])])
            let limits = [number(0), number(255)]
            let place = add("Clip", [zero] + limits, output: node.outputs[2])
            let rounded = add("Round", [add("Div", [input(0), scale])])
            _ = add("Clip", [add("Add", [rounded, place])] + limits, output: output)
        default: return false
        }
        return true
    }
}
