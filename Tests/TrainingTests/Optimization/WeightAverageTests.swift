import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime
import NeedletailTraining
import ReferenceFormula
import Testing

/// Moving averages against torch's `AveragedModel` (`Tests/References/optimizers.py`).
@Suite struct WeightAverageTests {
    private func parameter(_ values: [Float]) -> Parameter {
        let parameter = ParameterStore().root.parameter("p", shape: [values.count], initializedBy: .constant(0))
        parameter.update { _ = $0.update(fromContentsOf: values) }
        return parameter
    }

    @Test(arguments: ["constant", "slow", "ramp", "long ramp"]) func updates(name: String) throws {
        let fixture = try Fixture("optimizers", in: .module)["averages"][name]
        let parameter = parameter(Formula.signed("optimizer.parameter", count: 12))
        let average = try WeightAverage(
            of: [parameter], decay: fixture["decay"].double, hasRamp: fixture["ramp"].int == 1)
        let pool = ThreadPool(threadCount: 1)
        for (step, expected) in fixture["after_each_update"].elements.enumerated() {
            let values = Formula.signed("optimizer.gradient\(step)", count: 12)
            parameter.update { _ = $0.update(fromContentsOf: values) }
            average.update(pool: pool)
            let version = parameter.version
            average.swap(pool: pool)
            #expect(average.isSwapped)
            #expect(parameter.version > version, "packed weights would not notice")
            #expect(relativeError(Array(parameter.values), expected.floats) < 1e-6, "step \(step)")
            average.swap(pool: pool)
            #expect(Array(parameter.values) == values)
        }
    }

    /// Before the first update there is nothing to exchange.
    @Test func swapWithoutUpdate() throws {
        let parameter = parameter([1, 2, 3])
        let average = try WeightAverage(of: [parameter], decay: 0.9)
        average.swap(pool: ThreadPool(threadCount: 1))
        #expect(Array(parameter.values) == [1, 2, 3])
        #expect(average.averages.isEmpty)
    }

    @Test func threads() throws {
        let count = 200_003
        func averaged(threads: Int) throws -> [Float] {
            let pool = ThreadPool(threadCount: threads)
            let parameter = parameter(Formula.signed("start", count: count))
            let average = try WeightAverage(of: [parameter], decay: 0.9)
            for step in 0..<3 {
                parameter.update { _ = $0.update(fromContentsOf: Formula.signed("step\(step)", count: count)) }
                average.update(pool: pool)
            }
            average.swap(pool: pool)
            return Array(parameter.values)
        }
        #expect(try averaged(threads: 3) == averaged(threads: 1))
    }
}
