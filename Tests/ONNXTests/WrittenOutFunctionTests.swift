import NeedletailCheckpoints
import NeedletailKernels
import NeedletailONNX
import Testing

/// Functions that exporters write as several nodes are computed as what they are.
@Suite struct WrittenOutFunctionTests {
    /// How GELU is written.
    enum Form: CaseIterable {
        /// `x · (1 + erf(x / √2)) · ½`, as PyTorch writes it.
        case halvedLast
        /// `(x · ½) · (1 + erf(x / √2))`.
        case halvedFirst
        /// The operator of version 20.
        case whole
    }

    /// - Parameter isProduct: Of what a product of matrices gives, not of a convolution.
    private static func model(_ form: Form, isProduct: Bool) -> ONNXModel {
        var model = ONNXModel(), nodes: [ONNXNode] = []
        func node(_ kind: String, _ inputs: String...) -> String {
            nodes.append(ONNXNode(kind, name: "n\(nodes.count)", inputs: inputs, outputs: ["n\(nodes.count)"]))
            return "n\(nodes.count - 1)"
        }
        let shape = isProduct ? [3, 5] : [5, 3, 1, 1]
        model.graph.initializers = [
            StoredTensor(name: "root", shape: [], floats: [Float(2).squareRoot()]),
            StoredTensor(name: "one", shape: [], floats: [1]), StoredTensor(name: "half", shape: [], floats: [0.5]),
            StoredTensor(name: "weight", shape: shape, floats: (0..<15).map { Float($0 * 7 % 15) / 5 - 1.4 }),
        ]
        let x = node(isProduct ? "MatMul" : "Conv", "x", "weight")
        let result =
            switch form {
            case .halvedLast:
                node("Mul", node("Mul", x, node("Add", node("Erf", node("Div", x, "root")), "one")), "half")
            case .halvedFirst:
                node("Mul", node("Mul", x, "half"), node("Add", node("Erf", node("Div", x, "root")), "one"))
            case .whole: node("Gelu", x)
            }
        nodes.append(ONNXNode("Identity", name: "last", inputs: [result], outputs: ["y"]))
        model.operatorSets = ["": 20]
        model.graph.nodes = nodes
        model.graph.inputs = [ONNXValue("x", .float32, (isProduct ? [1, 4, 3] : [1, 3, 4, 4]).map { .fixed($0) })]
        model.graph.outputs = [ONNXValue("y", .float32, (isProduct ? [1, 4, 5] : [1, 5, 4, 4]).map { .fixed($0) })]
        return model
    }

    @Test(arguments: Form.allCases, [false, true]) func gelu(form: Form, isProduct: Bool) throws {
        let shape = isProduct ? [1, 4, 3] : [1, 3, 4, 4], count = shape.reduce(1, *)
        let network = try ONNXNetwork(Self.model(form, isProduct: isProduct), path: "gelu.onnx")
        let input = ONNXTensor((0..<count).map { Float($0 * 11 % 23) / 6 - 1.8 }, shape: shape)
        let pool = ThreadPool(threadCount: 1)
        let planned = try #require(try network.run(["x": input], pool: pool)["y"]).floats
        let graph = isProduct ? nil : try network.graph().graph.fused()
        network.plansNothing = true
        let wanted = try #require(try network.run(["x": input], pool: pool)["y"]).floats
        #expect(wanted.contains { $0 > 1 } && wanted.contains { $0 < -0.1 })
        for (a, b) in zip(planned, wanted) { #expect(abs(a - b) < 1e-6 * max(1, abs(b))) }
        guard let graph else { return }
        #expect(
            graph.description == """
                x = input [1, 4, 4, 3]
                n0 = convolution(x) 5 kernel=1 activation=gelu
                -> y = n0
                """)
    }
}
