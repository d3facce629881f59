import Foundation
import NeedletailCheckpoints
import NeedletailImages
import NeedletailKernels
import NeedletailONNX
import ProgramRunner
import Testing

/// Networks that are stated for several images compute one at a time what they compute of it among others.
@Suite struct BatchTests {
    private let pool = ThreadPool(threadCount: 1)

    private static func numbers(_ shape: [Int], seed: Int = 1) -> [Float] {
        (0..<shape.reduce(1, *)).map { Float(($0 * 37 * seed + seed) % 101) / 50 - 1 }
    }

    /// A network that reads three images.
    private static func model(output: [Int], _ make: (inout Parts) -> String) -> ONNXModel {
        var model = ONNXModel()
        model.operatorSets = ["": 17]
        model.graph.inputs = [ONNXValue("x", .float32, [.fixed(3), .fixed(3), .fixed(4), .fixed(4)])]
        var parts = Parts()
        let result = make(&parts)
        parts.nodes.append(ONNXNode("Identity", name: "last", inputs: [result], outputs: ["y"]))
        model.graph.nodes = parts.nodes
        model.graph.initializers = parts.constants
        model.graph.outputs = [ONNXValue("y", .float32, output.map { .fixed($0) })]
        return model
    }

    struct Parts {
        var nodes: [ONNXNode] = []
        var constants: [StoredTensor] = []

        mutating func node(_ kind: String, _ inputs: String..., attributes: [String: ONNXAttribute] = [:]) -> String {
            let name = "\(kind)\(nodes.count)"
            nodes.append(ONNXNode(kind, name: name, inputs: inputs, outputs: [name], attributes: attributes))
            return name
        }

        mutating func sizes(_ values: Int64...) -> String {
            constants.append(StoredTensor(name: "c\(constants.count)", shape: [values.count], integers: values))
            return "c\(constants.count - 1)"
        }

        mutating func floats(_ shape: Int...) -> String {
            constants.append(
                StoredTensor(
                    name: "c\(constants.count)", shape: shape, floats: numbers(shape, seed: constants.count + 2)))
            return "c\(constants.count - 1)"
        }
    }

    enum Form: CaseIterable {
        case classifier, tokens, sequence, windows, enlarged, open

        var model: ONNXModel {
            switch self {
            // As `x.view(x.shape[0], -1)` is traced.
            case .classifier:
                BatchTests.model(output: [3, 5]) { parts in
                    let map = parts.node("Conv", "x", parts.floats(4, 3, 3, 3))
                    return parts.node(
                        "MatMul", parts.node("Reshape", map, parts.sizes(3, -1)), parts.floats(16, 5))
                }
            // As a vision transformer's token for the class.
            case .tokens:
                BatchTests.model(output: [3, 17, 3]) { parts in
                    let rows = parts.node("Reshape", "x", parts.sizes(3, 3, 16))
                    let token = parts.node("Expand", parts.floats(1, 1, 3), parts.sizes(3, 1, 1))
                    return parts.node(
                        "Concat", token,
                        parts.node("Transpose", rows, attributes: ["perm": .integers([0, 2, 1])]),
                        attributes: ["axis": .integer(1)])
                }
            // As torch's attention has it: the places first, images and heads as one axis, images within rows.
            case .sequence:
                BatchTests.model(output: [16, 3, 6]) { parts in
                    let rows = parts.node("Reshape", "x", parts.sizes(3, 3, 16))
                    let first = parts.node("Transpose", rows, attributes: ["perm": .integers([2, 0, 1])])
                    let flat = parts.node("Reshape", first, parts.sizes(48, 3))
                    let mixed = parts.node(
                        "Reshape", parts.node("MatMul", flat, parts.floats(3, 6)), parts.sizes(16, 3, 6))
                    let heads = parts.node(
                        "Transpose", parts.node("Reshape", mixed, parts.sizes(16, 6, 3)),
                        attributes: ["perm": .integers([1, 0, 2])])
                    let seen = parts.node("Softmax", heads, attributes: ["axis": .integer(-1)])
                    return parts.node(
                        "Reshape", parts.node("Transpose", seen, attributes: ["perm": .integers([1, 0, 2])]),
                        parts.sizes(16, 3, 6))
                }
            // As Swin's windows, which are as many as images times parts.
            case .windows:
                BatchTests.model(output: [3, 4, 4]) { parts in
                    let apart = parts.node("Reshape", "x", parts.sizes(3, 3, 2, 2, 2, 2))
                    let moved = parts.node("Transpose", apart, attributes: ["perm": .integers([0, 2, 4, 3, 5, 1])])
                    let windows = parts.node("Reshape", moved, parts.sizes(12, 4, 3))
                    return parts.node(
                        "Reshape",
                        parts.node(
                            "ReduceSum", parts.node("Softmax", windows, attributes: ["axis": .integer(1)]),
                            parts.sizes(-1), attributes: ["keepdims": .integer(0)]), parts.sizes(3, 4, 4))
                }
            case .enlarged:
                BatchTests.model(output: [3, 3, 8, 8]) { parts in
                    parts.node(
                        "Resize", "x", "", "", parts.sizes(3, 3, 8, 8), attributes: ["mode": .text("nearest")])
                }
            // The result does not say how large it is.
            case .open:
                BatchTests.model(output: []) { parts in
                    parts.node("Reshape", parts.node("Relu", "x"), parts.sizes(3, 48))
                }
            }
        }
    }

    @Test(arguments: Form.allCases)
    func oneAtATime(_ form: Form) throws {
        var model = form.model
        if form == .open { model.graph.outputs[0].dimensions = nil }
        let several = try ONNXNetwork(model, path: "b.onnx")
        let input = Self.numbers([3, 3, 4, 4])
        // By the operators' definitions, all at once.
        several.plansNothing = true
        let whole = try #require(
            try several.run(["x": ONNXTensor(input, shape: [3, 3, 4, 4])], pool: pool)["y"])
        several.plansNothing = false
        if form == .sequence {
            // The images come second there.
            #expect(throws: ONNXError.self) { try several.takingOneImage(pool: pool) }
            return
        }
        let one = try several.takingOneImage(pool: pool)
        #expect(one.inputs[0].shape == [1, 3, 4, 4])
        for image in 0..<3 {
            let part = Array(input[image * 48..<(image + 1) * 48])
            let found = try #require(try one.run(["x": ONNXTensor(part, shape: [1, 3, 4, 4])], pool: pool)["y"])
            #expect(found.shape == [1] + whole.shape[1...])
            for (a, b) in zip(found.floats, whole.floats[(image * found.count)...]) { #expect(abs(a - b) < 1e-5) }
        }
        // What is written is for as many as the file states.
        let folder = try TemporaryFolder()
        try ONNXExport(several).write(to: folder("again.onnx"))
        let again = try ONNXNetwork(contentsOf: folder("again.onnx"))
        again.plansNothing = true
        let written = try #require(
            try again.run(["x": ONNXTensor(input, shape: [3, 3, 4, 4])], pool: pool)["y"])
        #expect(written.shape == whole.shape)
        for (a, b) in zip(written.floats, whole.floats) { #expect(abs(a - b) < 1e-5) }
    }

    /// With its plans, which a program that opens many would fill the memory with.
    @Test func aNetworkThatHasRunIsLetGo() throws {
        weak var kept: ONNXNetwork?
        do {
            let network = try ONNXNetwork(Form.classifier.model, path: "b.onnx")
            _ = try network.run(["x": ONNXTensor(Self.numbers([3, 3, 4, 4]), shape: [3, 3, 4, 4])], pool: pool)
            kept = network
        }
        #expect(kept == nil)
    }

    /// Images within an axis, as torch's attention has them, behind which they come first again.
    @Test func sequencesAreFollowed() throws {
        var model = Form.sequence.model
        let last = model.graph.nodes.removeLast()
        model.graph.nodes.append(
            ONNXNode(
                "Transpose", name: "back", inputs: last.inputs, outputs: ["y"],
                attributes: ["perm": .integers([1, 0, 2])]))
        model.graph.outputs[0].dimensions = [.fixed(3), .fixed(16), .fixed(6)]
        let several = try ONNXNetwork(model, path: "b.onnx"), input = Self.numbers([3, 3, 4, 4])
        let whole = try #require(
            try several.run(["x": ONNXTensor(input, shape: [3, 3, 4, 4])], pool: pool)["y"]
        ).floats
        let one = try several.takingOneImage(pool: pool)
        let found = try #require(
            try one.run(["x": ONNXTensor(Array(input[48..<96]), shape: [1, 3, 4, 4])], pool: pool)["y"])
        #expect(found.shape == [1, 16, 6])
        for (a, b) in zip(found.floats, whole[96..<192]) { #expect(abs(a - b) < 1e-5) }
    }

    /// Images that are computed from each other are no images apart.
    @Test func imagesThatAreMixedAreRefused() throws {
        func refusal(_ make: (inout Parts) -> String) -> String {
            do {
                _ = try ONNXNetwork(Self.model(output: [3, 3, 4, 4], make), path: "b.onnx").takingOneImage(pool: pool)
                return "taken"
            } catch { return "\(error)" }
        }
        #expect(refusal { $0.node("Relu", "x") } == "taken")
        let mixed = refusal { parts in
            let mean = parts.node("ReduceMean", "x", attributes: ["axes": .integers([0])])
            return parts.node("Sub", "x", mean)
        }
        #expect(
            mixed
                == "b.onnx: it takes 3 images at a time, and cannot be computed for one: its output 'y' would be another. "
                + "Export it for one image, or with an open number of images.", "\(mixed)")
        let chosen = refusal { parts in
            parts.node("Gather", "x", parts.sizes(2, 1, 0), attributes: ["axis": .integer(0)])
        }
        #expect(
            chosen.contains("cannot be computed for one: node 'Gather0' (Gather): there is no index 2 among 1"),
            "\(chosen)")
    }
}
