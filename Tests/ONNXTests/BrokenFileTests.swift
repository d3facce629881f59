import Foundation
import NeedletailCheckpoints
import NeedletailKernels
import NeedletailONNX
import NeedletailSystem
import Testing

/// Files that are broken, hostile or beyond what is computed are refused with what is wrong and where.
struct BrokenFileTests {
    private func network(_ change: (inout ONNXModel) -> Void) throws -> ONNXNetwork {
        var model = ONNXModel()
        model.operatorSets = ["": 17]
        model.graph.inputs = [ONNXValue("x", .float32, [.fixed(1), .fixed(3), .fixed(8), .fixed(8)])]
        model.graph.outputs = [ONNXValue("y", .float32, nil)]
        model.graph.nodes = [ONNXNode("Relu", name: "act", inputs: ["x"], outputs: ["y"])]
        change(&model)
        return try ONNXNetwork(model, path: "model.onnx")
    }

    private func message(_ change: (inout ONNXModel) -> Void, input: [Int] = [1, 3, 8, 8]) -> String {
        do {
            let network = try network(change)
            let count = input.reduce(1, *)
            _ = try network.run(
                ["x": ONNXTensor([Float](repeating: 0, count: count), shape: input)], pool: ThreadPool(threadCount: 1))
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test func cycles() {
        let text = message { model in
            model.graph.nodes = [
                ONNXNode("Add", name: "one", inputs: ["x", "b"], outputs: ["a"]),
                ONNXNode("Relu", name: "two", inputs: ["a"], outputs: ["b"]),
                ONNXNode("Relu", name: "three", inputs: ["b"], outputs: ["y"]),
            ]
        }
        #expect(text == "model.onnx: node 'one' (Add): its value depends on itself")
    }

    /// Graphs that are computed again without an end, or that do not fit.
    @Test func endlessLoops() {
        func loop(_ outputs: [ONNXValue], inputs: [String] = ["", ""]) -> String {
            message { model in
                var body = ONNXGraph()
                body.inputs = [ONNXValue("i", .int64, []), ONNXValue("go", .bool, [])]
                body.nodes = [ONNXNode("Identity", name: "again", inputs: ["go"], outputs: ["on"])]
                body.outputs = outputs
                model.graph.nodes = [
                    ONNXNode("Loop", name: "l", inputs: inputs, outputs: ["y"], attributes: ["body": .graph(body)])
                ]
            }
        }
        let endless = loop([ONNXValue("on", .bool, [])])
        #expect(
            endless == "model.onnx: node 'l' (Loop): more than 262144 nodes would be computed within nodes",
            "\(endless)")
        #expect(loop([]).contains("its graph does not fit what it is given"))
        #expect(loop([ONNXValue("on", .bool, [])], inputs: ["", "", "x"]).contains("its graph does not fit"))
    }

    @Test func missingValues() {
        #expect(
            message { $0.graph.nodes[0].inputs = ["nothing"] }
                == "model.onnx: node 'act' (Relu): it reads 'nothing', which nothing makes")
        #expect(
            message { $0.graph.outputs[0].name = "z" } == "model.onnx: no node makes the output 'z'")
    }

    @Test func unknownOperatorsAreListedBeforeAnythingRuns() {
        let text = message { model in
            model.graph.nodes = [
                ONNXNode("Sort", name: "s", inputs: ["x"], outputs: ["a"]),
                ONNXNode("Sort", name: "t", inputs: ["a"], outputs: ["b"]),
                ONNXNode("Fancy", name: "f", domain: "maker", inputs: ["b"], outputs: ["y"]),
            ]
        }
        #expect(
            text
                == "model.onnx: 3 nodes need operators that are not computed: Sort (node 's' and 1 more), maker.Fancy (node 'f'). "
                + "Export the network without them, or cut them off its end")
    }

    @Test func shapesThatDoNotFit() {
        #expect(
            message(
                { model in
                    model.graph.inputs[0].dimensions = nil
                    model.graph.initializers = [
                        StoredTensor(name: "w", shape: [4, 3, 3, 3], floats: [Float](repeating: 0, count: 108))
                    ]
                    model.graph.nodes = [ONNXNode("Conv", name: "c", inputs: ["x", "w"], outputs: ["y"])]
                }, input: [1, 2, 8, 8])
                == "model.onnx: node 'c' (Conv): weights of [4, 3, 3, 3] in 1 groups do not fit an input of [1, 2, 8, 8]"
        )
        #expect(
            message({ _ in }, input: [1, 3, 9, 8]) == "model.onnx: the input 'x' takes [1, 3, 8, 8], not [1, 3, 9, 8]")
    }

    @Test func sizesBeyondAllMemory() {
        let text = message { model in
            model.graph.initializers = [StoredTensor(name: "s", shape: [2], integers: [1 << 40, 1 << 40])]
            model.graph.nodes = [
                ONNXNode("ConstantOfShape", name: "c", inputs: ["s"], outputs: ["a"]),
                ONNXNode("Add", inputs: ["x", "a"], outputs: ["y"]),
            ]
        }
        #expect(
            text.hasPrefix(
                "model.onnx: node 'c' (ConstantOfShape): a tensor of [1099511627776, 1099511627776] would be too large")
        )
    }

    @Test func functionsWithoutAnEnd() {
        let text = message { model in
            var function = ONNXFunction()
            function.name = "Again"
            function.domain = "own"
            function.inputs = ["a"]
            function.outputs = ["b"]
            function.nodes = [ONNXNode("Again", domain: "own", inputs: ["a"], outputs: ["b"])]
            model.functions = [function]
            model.graph.nodes = [ONNXNode("Again", domain: "own", inputs: ["x"], outputs: ["y"])]
        }
        #expect(text == "model.onnx: its functions call each other without an end")
    }

    @Test func dataOutsideOfTheFolder() throws {
        for location in ["../secret", "/etc/hostname", "a/../../b", "a\u{0}b"] {
            var tensor = ProtobufMessage()
            tensor.packed(1, [Int64(1)])
            tensor.integer(2, 1)
            tensor.text(8, "w")
            var entry = ProtobufMessage()
            entry.text(1, "location")
            entry.text(2, location)
            tensor.message(13, entry)
            tensor.integer(14, 1)
            var graph = ProtobufMessage()
            graph.message(5, tensor)
            var model = ProtobufMessage()
            model.integer(1, 8)
            model.message(7, graph)
            var bytes: [UInt8] = []
            model.write { bytes += Array($0) }
            let error = #expect(throws: CheckpointError.self) {
                try ONNXModel(ByteSource(synthetic: bytes, path: "/tmp/model.onnx"))
            }
            #expect("\(try #require(error))".contains("lies outside the file's folder"))
        }
    }

    /// A file with bytes changed, cut and doubled: an error or a network, and nothing worse.
    @Test func mutatedFiles() throws {
        let folder = try #require(Bundle.module.url(forResource: "Fixtures/Operators", withExtension: nil)).path
        let pool = ThreadPool(threadCount: 1)
        var state: UInt64 = 42
        func next(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % max(count, 1)
        }
        var refused = 0, run = 0
        for name in OperatorTests.names {
            let original = try [UInt8](Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).onnx")))
            for _ in 0..<90 {
                var bytes = original
                for _ in 0...next(4) {
                    switch next(4) {
                    case 0: bytes[next(bytes.count)] = UInt8(next(256))
                    case 1: bytes.removeSubrange(next(bytes.count)..<bytes.count)
                    case 2: bytes.insert(UInt8(next(256)), at: next(bytes.count))
                    default: bytes[next(bytes.count)] ^= 1 << UInt8(next(8))
                    }
                    if bytes.isEmpty { bytes = [0] }
                }
                do {
                    let network = try ONNXNetwork(ONNXModel(ByteSource(synthetic: bytes, path: "x")), path: "x")
                    var inputs: [String: ONNXTensor] = [:]
                    for port in network.inputs {
                        let shape = (port.shape ?? []).map { $0 ?? 2 }
                        guard shape.reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue }) <= 1 << 16,
                            shape.allSatisfy({ (0...1 << 12).contains($0) })
                        else { continue }
                        let count = shape.reduce(1, *)
                        inputs[port.name] =
                            port.kind?.isFloatingPoint ?? true
                            ? ONNXTensor(
                                (0..<count).map { Float($0 % 5) - 2 }, shape: shape, kind: port.kind ?? .float32)
                            : ONNXTensor((0..<count).map { Int64($0 % 3) }, shape: shape, kind: port.kind ?? .int64)
                    }
                    _ = try network.run(inputs, pool: pool)
                    run += 1
                } catch {
                    refused += 1
                }
            }
        }
        #expect(refused > 1000 && run > 200, "\(refused) refused, \(run) run")
    }
}
