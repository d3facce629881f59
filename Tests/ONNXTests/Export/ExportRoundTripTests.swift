import NeedletailKernels
import NeedletailONNX
import ProgramRunner
import Testing

/// What exported files compute by the definitions of ONNX's operators is what the networks compute.
@Suite struct ExportRoundTripTests {
    private let pool = ThreadPool(threadCount: 1)

    private func network(_ export: ONNXExport) throws -> ONNXNetwork {
        let folder = try TemporaryFolder()
        try export.write(to: folder.path + "/model.onnx")
        let network = try ONNXNetwork(contentsOf: folder.path + "/model.onnx")
        network.plansNothing = true
        return network
    }

    private func check(_ reference: ExportReference, _ name: String) throws {
        let results = try network(reference.export).run(
            ["images": ONNXTensor(reference.pixels.values, shape: reference.pixels.shape)], pool: pool)
        for output in reference.outputs {
            let result = try #require(results[output.name], "\(name): \(output.name)")
            #expect(result.shape == output.shape, "\(name): \(output.name)")
            let scale = max(output.values.map(abs).max() ?? 0, 1e-6)
            let worst = zip(result.floats, output.values).map { abs($0 - $1) }.max() ?? .infinity
            #expect(worst <= 1e-4 * scale, "\(name): \(output.name) is off by \(worst) of \(scale)")
        }
    }

    @Test(arguments: ExportCase.all + ExportCase.open) func operators(_ example: ExportCase) throws {
        for opset in [13, 17, 21] {
            var example = example
            example.options.opset = opset
            try check(try ExportReference(example), example.testDescription)
        }
    }
}
