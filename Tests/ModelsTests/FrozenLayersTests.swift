import NeedletailGraph
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime
import ReferenceFormula
import Testing

@Suite struct FrozenLayersTests {
    /// A part of the network below the lowest trained parameter runs as inference: no gradient, less memory.
    @Test func nothingIsComputedBelowTheLowestTrainedParameter() throws {
        let store = ParameterStore()
        let network = ResNet(store.root, architecture: .resnet18, classCount: 10, normalization: .frozen)
        let graph = Graph(output: "logits") { network($0) }
        func memory(_ layers: Int) throws -> Int {
            let stages = Set(network.stages.trained(backboneStages: layers).flatMap(\.parameters))
            let trained = store.parameters.filter {
                $0.role == .weight && (stages.contains($0) || $0.name.hasPrefix("fc."))
            }
            let gradients = try ParameterGradients(parameters: trained)
            let plan = try Plan(
                graph: graph, inputShape: TensorShape(batch: 2, height: 64, width: 64, channels: 3),
                purpose: .training(gradients), pool: ThreadPool(threadCount: 1))
            _ = plan.input.update(fromContentsOf: Formula.signed("image", count: 2 * 64 * 64 * 3))
            plan.forward()
            plan.outputGradient(0)?.update(repeating: 1)
            plan.backward()
            #expect(trained.indices.allSatisfy { gradients[$0].contains { $0 != 0 } })
            return plan.memorySize
        }
        let sizes = try [0, 1, 3, 5].map(memory)
        #expect(sizes == sizes.sorted() && sizes[0] * 2 < sizes[3])
    }
}
