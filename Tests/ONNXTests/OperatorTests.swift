import Foundation
import NeedletailCheckpoints
import NeedletailKernels
import NeedletailONNX
import Testing

/// Operators and small networks give what ONNX Runtime recorded, by their definitions and by plans.
struct OperatorTests {
    private static let folder = Bundle.module.url(forResource: "Fixtures/Operators", withExtension: nil)

    static let names: [String] = {
        guard let folder, let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
            return []
        }
        return files.filter { $0.hasSuffix(".onnx") }.map { String($0.dropLast(5)) }.sorted()
    }()

    @Test func fixturesAreThere() { #expect(Self.names.count == 132) }

    @Test(arguments: names, [false, true])
    func recorded(_ name: String, plansNothing: Bool) throws {
        let folder = try #require(Self.folder).path
        let network = try ONNXNetwork(contentsOf: "\(folder)/\(name).onnx")
        network.plansNothing = plansNothing
        let recorded = try Checkpoint(contentsOf: "\(folder)/recorded.safetensors")
        var inputs: [String: ONNXTensor] = [:]
        for port in network.inputs {
            inputs[port.name] = try ONNXTensor(try #require(recorded["\(name)/input/\(port.name)"]))
        }
        let pool = ThreadPool(threadCount: 2)
        let outputs = try network.run(inputs, pool: pool)
        for port in network.outputs {
            let wanted = try ONNXTensor(try #require(recorded["\(name)/output/\(port.name)"]))
            let found = try #require(outputs[port.name])
            #expect(found.shape == wanted.shape)
            #expect(found.kind == wanted.kind)
            for (index, (one, other)) in zip(found.floats, wanted.floats).enumerated()
            where abs(one - other) > Self.tolerance(of: name, wanted.kind, for: other) {
                Issue.record("\(port.name)[\(index)] is \(one), not \(other)")
                break
            }
        }
        // The same shapes again, from the plans that are kept.
        #expect(try network.run(inputs, pool: pool) == outputs)
    }

    /// Half floats are computed with more digits than they have, and what is rounded to eight bits may be so from either side: the
    /// recorded numbers are 0.07 apart then.
    static func tolerance(of name: String, _ kind: StoredTensor.ScalarType, for value: Float) -> Float {
        switch name {
        case "quantized": kind.isFloatingPoint ? 0.071 : 1
        case "half": 4e-3 * max(1, abs(value))
        default: 2e-5 * max(1, abs(value))
        }
    }

    /// What fuses and what is moved shows in the graph.
    @Test func graphOfAStemAndAHead() throws {
        let folder = try #require(Self.folder).path
        let network = try ONNXNetwork(contentsOf: "\(folder)/focus.onnx")
        let graph = try network.graph().graph.fused()
        #expect(
            graph.description == """
                image = input [1, 16, 24, 3]
                Conv_44 = convolution(image) 8 kernel=3 padding=1 blocks=2 columns activation=silu
                Conv_48 = convolution(Conv_44) 6 kernel=1
                Conv_50 = convolution(Conv_44) 2 kernel=1 activation=sigmoid
                Concat_52 = concatenate(Conv_48, Conv_50)
                Reshape_59 = reshape(Concat_52) [1, 96, 8]
                -> transpose60_0 = Reshape_59
                """)
    }

    /// Behind what data chooses a second plan follows.
    @Test func plansInStages() throws {
        let folder = try #require(Self.folder).path
        let network = try ONNXNetwork(contentsOf: "\(folder)/chosen.onnx")
        let pool = ThreadPool(threadCount: 1)
        // Other numbers choose other channels, with plans that are kept.
        let first = (0..<144).map { index -> Float in
            let step = Float(index * 37 % 23)
            return index < 72 ? step + 9 : step - 11
        }
        let second = Array(first.reversed())
        let one = try network.run(["image": ONNXTensor(first, shape: [1, 4, 6, 6])], pool: pool)
        let other = try network.run(["image": ONNXTensor(second, shape: [1, 4, 6, 6])], pool: pool)
        network.plansNothing = true
        #expect(
            try network.run(["image": ONNXTensor(first, shape: [1, 4, 6, 6])], pool: pool).values.first?.shape == [
                1, 3, 4, 4,
            ])
        for (numbers, result) in [(first, one), (second, other)] {
            let wanted = try network.run(["image": ONNXTensor(numbers, shape: [1, 4, 6, 6])], pool: pool)
            for (name, tensor) in wanted {
                for (a, b) in zip(tensor.floats, result[name]?.floats ?? []) {
                    #expect(abs(a - b) <= 1e-4 * max(1, abs(a)))
                }
            }
        }
        #expect(one != other)
    }
}
