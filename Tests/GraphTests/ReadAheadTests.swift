import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime
import Testing

/// Weights that are brought into the caches before the step that waits for them.
@Suite struct ReadAheadTests {
    typealias Part = ReadAheadSchedule.Part

    @Test func theNearestStepsReadWhatComesNext() {
        let schedule = ReadAheadSchedule([.reads(100), .reads(32), .neither, .reads(64), .waits(128)])
        #expect(
            schedule.parts == [
                3: Part(step: 4, part: 0.5..<1), 1: Part(step: 4, part: 0.25..<0.5), 0: Part(step: 4, part: 0..<0.25),
            ])
    }

    @Test func everyStepReadsForOneOther() {
        let schedule = ReadAheadSchedule([.reads(10), .reads(40), .waits(40), .waits(20), .waits(5)])
        #expect(schedule.parts == [1: Part(step: 2, part: 0..<1), 0: Part(step: 3, part: 0.5..<1)])
    }

    @Test func nobodyReadsWhatComesBefore() {
        #expect(ReadAheadSchedule([.waits(10), .reads(10), .neither]).parts.isEmpty)
    }

    /// Later runs read ahead what the first one has packed; and what was trained since is not read from where it lay.
    @Test func resultsStayTheSame() throws {
        let store = ParameterStore()
        func convolution(_ name: String, from inputs: Int, to outputs: Int) -> Convolution {
            Convolution(
                store.root[name], inputChannels: inputs, outputChannels: outputs, kernel: 1, hasBias: false,
                initializedBy: .normal(deviation: 0.1, seed: UInt64(outputs)))
        }
        let graph = Graph(channels: 32, output: "logits") { image in
            let wide = convolution("wide", from: 32, to: 256)(image)
            return convolution("classifier", from: 256, to: 200)(wide.globalAveragePooled())
        }
        let plan = try Plan(
            graph: graph, inputShape: TensorShape(batch: 1, height: 14, width: 14, channels: 32), purpose: .inference,
            pool: ThreadPool(threadCount: 2))
        func logits() -> [Float] {
            for index in plan.input.indices { plan.input[index] = Float(index % 17) / 17 - 0.4 }
            plan.forward()
            return Array(plan.output(0))
        }
        let first = logits()
        for _ in 0..<3 { #expect(logits() == first) }
        store["classifier.weight"]?.update { for index in $0.indices { $0[index] *= 2 } }
        for _ in 0..<3 { #expect(logits() == first.map { 2 * $0 }) }
    }
}
