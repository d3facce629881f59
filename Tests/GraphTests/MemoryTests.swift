import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime
import Testing

/// Memory that there is not is an error, not the end of the program.
@Suite struct MemoryTests {
    @Test func aBlockThatIsRefusedIsAnError() {
        let error = #expect(throws: OutOfMemoryError.self) { try FloatStorage(count: 1 << 52) }
        #expect(error?.byteCount == 1 << 54)
        #expect(error?.description.hasPrefix("out of memory: 18014398509481984 bytes were refused. ") == true)
    }

    @Test func aParameterThatDoesNotFitIsAnError() {
        let store = ParameterStore()
        let layer = Linear(store.root["fc"], inputs: 1 << 26, outputs: 1 << 26, initializedBy: .constant(0))
        #expect(throws: OutOfMemoryError.self) { try layer.weight.reserve() }
        #expect(throws: OutOfMemoryError.self) { try ParameterGradients(parameters: [layer.weight]) }
    }

    /// What no machine has is found before anything is asked for.
    @Test func aPlanThatDoesNotFitSaysHowMuchItTakes() {
        let graph = Graph(output: "y") { $0.relu().maxPooled(2, stride: 1) }
        let error = #expect(throws: PlanError.self) {
            try Plan(
                graph: graph, inputShape: TensorShape(batch: 1 << 16, height: 1 << 14, width: 1 << 14, channels: 3),
                purpose: .inference, pool: ThreadPool(threadCount: 1))
        }
        #expect(error?.kind == .outOfMemory && error?.problem.contains("MiB") == true)
    }
}
