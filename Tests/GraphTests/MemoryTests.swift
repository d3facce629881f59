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

    /// Plans that take turns need the memory of the largest, and compute what they compute alone.
    @Test func plansTakeTurnsInOneMemory() throws {
        let graph = Graph(output: "y") { $0.relu().maxPooled(2, stride: 1) }
        var cache = PlanCache(capacity: 2)
        func result(_ plan: Plan) -> [Float] {
            for index in plan.input.indices { plan.input[index] = Float(index % 7) - 3 }
            plan.forward()
            return Array(plan.output(0))
        }
        func plan(_ side: Int, _ memory: PlanMemory) throws -> Plan {
            try Plan(
                graph: graph, inputShape: TensorShape(batch: 1, height: side, width: side, channels: 3),
                purpose: .inference, pool: ThreadPool(threadCount: 1), memory: memory)
        }
        let alone = try [40, 8, 24].map { result(try plan($0, PlanMemory())) }
        for _ in 0..<2 {
            for (side, expected) in zip([40, 8, 24], alone) {
                let shape = TensorShape(batch: 1, height: side, width: side, channels: 3)
                #expect(result(try cache.plan(for: shape) { try plan(side, $0) }) == expected)
            }
        }
        let largest = try plan(40, PlanMemory()).memorySize
        #expect(cache.memorySize == largest)
        cache.removeAll()
        #expect(cache.memorySize == 0)
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
