import NeedletailCheckpoints
import NeedletailGraph

/// A function of each number that knows how ONNX says it.
struct PlannedFunction: Operator {
    static let name = ElementwiseFunction.name

    let function: ElementwiseFunction
    /// What it keeps numbers between, where that is all that it does.
    var limits: ClosedRange<Float>?
    private let form: @Sendable (ONNXSite, _ value: String) -> String

    /// - Parameters:
    ///   - title: What tells it from others, with its constants.
    ///   - form: Writes its nodes.
    init(
        _ title: String, _ function: @escaping @Sendable (Float) -> Float,
        form: @escaping @Sendable (ONNXSite, _ value: String) -> String
    ) {
        self.function = ElementwiseFunction(title, function)
        self.form = form
    }

    /// The operator of a node.
    init(_ title: String, _ function: @escaping @Sendable (Float) -> Float, node: ONNXNode) {
        let (kind, attributes) = (node.kind, node.attributes)
        self.init(title, function) { site, value in site.function(kind, value, attributes) }
    }

    var title: String { function.title }

    static func == (left: PlannedFunction, right: PlannedFunction) -> Bool { left.function == right.function }
    func hash(into hasher: inout Hasher) { hasher.combine(function) }

    var attributes: [String] { function.attributes }
    var isDifferentiable: Bool { function.isDifferentiable }

    func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        try function.outputTypes(of: inputs)
    }

    func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step { try function.lowered(at: site) }
}

extension PlannedFunction: ONNXPointwise {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] { [form(site, site.inputs[0])] }
}

extension ONNXSite {
    /// A function of each number, made of others where the version of the operators does not have it yet.
    func function(_ kind: String, _ value: String, _ attributes: [String: ONNXAttribute] = [:]) -> String {
        func number(_ value: Float) -> String { writer.float(value, named: name + "/number") }
        func times(_ one: String, _ other: String) -> String { node("Mul", [one, other]) }
        switch kind {
        case "HardSwish" where writer.opset < 14:
            return times(value, node("HardSigmoid", [value], ["alpha": .float(1 / 6), "beta": .float(0.5)]))
        case "Mish" where writer.opset < 18: return times(value, node("Tanh", [node("Softplus", [value])]))
        case "Swish":
            if case .float(let alpha)? = attributes["alpha"], alpha != 1 {
                return times(value, node("Sigmoid", [times(value, number(alpha))]))
            }
            return times(value, node("Sigmoid", [value]))
        case "Gelu" where writer.opset < 20:
            var bent: String
            if case .text("tanh")? = attributes["approximate"] {
                let cube = times(times(value, value), times(value, number(0.044_715)))
                bent = node("Tanh", [times(node("Add", [value, cube]), number(0.797_884_6))])
            } else {
                bent = node("Erf", [times(value, number(0.707_106_77))])
            }
            bent = node("Add", [bent, number(1)])
            return times(times(value, number(0.5)), bent)
        default: return node(kind, [value], attributes)
        }
    }
}
