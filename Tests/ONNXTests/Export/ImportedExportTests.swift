import Foundation
import NeedletailCheckpoints
import NeedletailKernels
import NeedletailONNX
import ProgramRunner
import Testing

/// Networks of other files, read, written and read again: what they compute then, by the operators' definitions, is what ONNX
/// Runtime recorded of the first file.
@Suite struct ImportedExportTests {
    @Test(arguments: OperatorTests.names)
    func computesTheSame(_ name: String) throws {
        let folder = try #require(Bundle.module.url(forResource: "Fixtures/Operators", withExtension: nil)).path
        let network = try ONNXNetwork(contentsOf: "\(folder)/\(name).onnx")
        let written = try TemporaryFolder()
        try ONNXExport(network).write(to: written("again.onnx"))
        let again = try ONNXNetwork(contentsOf: written("again.onnx"))
        again.plansNothing = true
        #expect(
            again.inputs.map(\.name) == network.inputs.map(\.name)
                && again.inputs.map(\.kind) == network.inputs.map(\.kind))
        #expect(again.outputs.map(\.name) == network.outputs.map(\.name))
        #expect(again.metadata == network.metadata)
        let recorded = try Checkpoint(contentsOf: "\(folder)/recorded.safetensors")
        var inputs: [String: ONNXTensor] = [:]
        for port in network.inputs {
            inputs[port.name] = try ONNXTensor(try #require(recorded["\(name)/input/\(port.name)"]))
        }
        let outputs = try again.run(inputs, pool: ThreadPool(threadCount: 1))
        for port in network.outputs {
            let wanted = try ONNXTensor(try #require(recorded["\(name)/output/\(port.name)"]))
            let found = try #require(outputs[port.name])
            #expect(found.shape == wanted.shape)
            #expect(found.kind == wanted.kind)
            for (index, (one, other)) in zip(found.floats, wanted.floats).enumerated()
            where abs(one - other) > OperatorTests.tolerance(of: name, wanted.kind, for: other) {
                Issue.record("\(port.name)[\(index)] is \(one), not \(other)")
                break
            }
        }
    }
}
