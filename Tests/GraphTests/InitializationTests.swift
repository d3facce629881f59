import NeedletailGraph
import Testing

/// How weights begin.
@Suite struct InitializationTests {
    private func deviation(_ parameter: Parameter) -> Double {
        let values = parameter.values.map(Double.init), count = Double(values.count)
        let mean = values.reduce(0, +) / count
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
    }

    /// For `[40, 24, 5, 3]` 24 · 15 = 360 inputs lead to a number, and a number to 40 · 15 = 600 outputs. Of 14,400 numbers
    /// the deviation is known to √(1 / 28,800) = 0.6 %.
    @Test(arguments: [
        (Initialization.normal, 0.01), (.xavier, (2.0 / 960).squareRoot()), (.kaiming, (2.0 / 360).squareRoot()),
    ])
    func weightsHaveTheirDeviation(initialization: Initialization, expected: Double) {
        let store = ParameterStore()
        let weight = store.root.parameter("weight", shape: [40, 24, 5, 3], initializedBy: .constant(1))
        let bias = store.root.parameter("bias", shape: [40], initializedBy: .constant(0.5))
        let version = weight.version, before = Array(weight.values)
        store.initialize(initialization, seed: 3)
        #expect(abs(deviation(weight) / expected - 1) < 0.025)
        #expect(weight.version != version && Array(weight.values) != before)
        #expect(bias.values.allSatisfy { $0 == 0.5 })
    }

    /// With He's the layer whose numbers are the outputs begins small; with others like the rest.
    @Test(arguments: [(Initialization.kaiming, 0.01), (.xavier, (2.0 / 960).squareRoot())])
    func theLastLayerMayBeginSmall(initialization: Initialization, expected: Double) {
        let store = ParameterStore()
        let weights = ["first", "last"].map {
            store.root.parameter($0, shape: [40, 24, 5, 3], initializedBy: .constant(1))
        }
        store.initialize(initialization, seed: 3, last: weights[1])
        #expect(abs(deviation(weights[1]) / expected - 1) < 0.025)
        #expect(abs(deviation(weights[0]) / 0.01 - 1) > 1)
    }

    /// ±√(6 / 960), whose deviation is that divided by √3.
    @Test func uniformWeightsHaveTheirBound() {
        let weight = ParameterStore().root.parameter(
            "weight", shape: [40, 24, 5, 3], initializedBy: .xavierUniform(seed: 1))
        let bound = (6.0 / 960).squareRoot()
        #expect(weight.values.allSatisfy { abs(Double($0)) <= bound })
        #expect(abs(deviation(weight) / (bound / 3.0.squareRoot()) - 1) < 0.025)
    }
}
