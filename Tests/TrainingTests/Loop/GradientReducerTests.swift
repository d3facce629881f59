import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime
import NeedletailTraining
import Testing

@Suite struct GradientReducerTests {
    /// The mean of (1, 2) and (3, 6) is (2, 4); a single batch stays as it is.
    @Test func aStepHasTheMeanOfItsBatches() throws {
        let parameter = ParameterStore().root.parameter("p", shape: [2], initializedBy: .constant(0))
        let pool = ThreadPool(threadCount: 1)
        var reducer = try GradientReducer(parameters: [parameter])
        /// As a plan does it.
        func add(_ values: [Float]) {
            for (index, value) in values.enumerated() { reducer.gradients[0][index] += value }
            reducer.countBatch()
        }
        #expect(reducer.reduced(pool: pool) == nil)
        add([1, 2])
        #expect(reducer.reduced(pool: pool).map { Array($0[0]) } == [1, 2])
        add([3, 6])
        #expect(reducer.batchCount == 2)
        #expect(reducer.reduced(pool: pool).map { Array($0[0]) } == [2, 4])
        reducer.reset()
        #expect(reducer.batchCount == 0 && reducer.reduced(pool: pool) == nil)
        #expect(Array(reducer.gradients[0]) == [0, 0])
    }
}
