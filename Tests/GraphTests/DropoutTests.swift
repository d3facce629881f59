import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime
import Testing

/// What dropout takes away, and when.
@Suite struct DropoutTests {
    private static let count = 40_000

    private func graph(_ store: ParameterStore) -> Graph {
        // One weight a pixel that is trained, so that there is a plan to train.
        let stem = Convolution(
            store.root["stem"], inputChannels: 1, outputChannels: 1, kernel: 1, hasBias: false,
            initializedBy: .constant(1))
        return Graph { builder in
            let map = stem(builder.input("image", channels: 1))
            builder.output("map", map)
            builder.output("rest", Dropout(0.25)(map))
        }
    }

    /// What is left of ones, and the gradient below where that of each number is 1.
    private func run(seed: UInt64, step: Int, threads: Int) throws -> (rest: [Float], gradient: [Float]) {
        let store = ParameterStore()
        let graph = graph(store)
        let gradients = try ParameterGradients(parameters: store.parameters)
        let plan = try Plan(
            graph: graph, inputShape: TensorShape(batch: 2, height: 100, width: Self.count / 200, channels: 1),
            purpose: .training(gradients), pool: ThreadPool(threadCount: threads))
        plan.input.update(repeating: 1)
        plan.draw = RandomDraw(seed: seed, step: step)
        plan.forward()
        let rest = Array(plan.output(1))
        plan.outputGradient(0)?.update(repeating: 0)
        plan.outputGradient(1)?.update(repeating: 1)
        plan.backward()
        return (rest, plan.outputGradient(0).map { Array($0) } ?? [])
    }

    /// A quarter becomes 0, the others 1 / 0.75. Of 40,000 numbers the share that is taken has a deviation of
    /// √(0.25 · 0.75 / 40,000) = 0.0022.
    @Test func takesItsShareAndKeepsTheMean() throws {
        let (rest, gradient) = try run(seed: 3, step: 7, threads: 2)
        #expect(Set(rest) == [0, 1 / 0.75])
        let share = Double(rest.count { $0 == 0 }) / Double(Self.count)
        #expect(abs(share - 0.25) < 0.009)
        // The gradient passes where the number did.
        #expect(gradient == rest)
    }

    @Test func seedAndStepDecide() throws {
        let first = try run(seed: 3, step: 7, threads: 2).rest
        #expect(try run(seed: 3, step: 7, threads: 1).rest == first)
        #expect(try run(seed: 3, step: 8, threads: 2).rest != first)
        #expect(try run(seed: 4, step: 7, threads: 2).rest != first)
    }

    @Test func isNotInPlansForInference() throws {
        let fused = graph(ParameterStore()).fused()
        #expect(!fused.nodes.contains { $0.operation is Dropout })
        #expect(fused.outputs.map(\.port.node) == [1, 1])
    }

    /// Features of frozen layers are kept below the dropout, which differs each time.
    @Test func frozenFeaturesEndBelowIt() throws {
        let store = ParameterStore()
        let frozen = Convolution(
            store.root["frozen"], inputChannels: 1, outputChannels: 2, kernel: 1, hasBias: false,
            initializedBy: .constant(1))
        let head = Linear(store.root["head"], inputs: 2, outputs: 1, initializedBy: .constant(1))
        let graph = Graph(channels: 1, output: "score") {
            head(Dropout(0.5)(frozen($0).globalAveragePooled()))
        }
        let cut = try #require(graph.cut(below: Set(head.parameters)))
        #expect(cut.frozen.nodes.map(\.name) == ["image", "frozen", "frozen.global-average-pool"])
        #expect(cut.trained.nodes.contains { $0.operation is Dropout })
    }
}
