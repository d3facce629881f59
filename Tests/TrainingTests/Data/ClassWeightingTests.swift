import NeedletailTraining
import Testing

@Suite struct ClassWeightingTests {
    /// The effective numbers of 1, 2 and 1000 boxes are 1, 1 + 0.99 and (1 - 0.99¹⁰⁰⁰) / 0.01 = 99.9957; their inverses
    /// 1, 0.502513 and 0.0100004 have the mean 0.504171.
    @Test func effectiveNumber() throws {
        let weights = try #require(ClassWeighting.effectiveNumber.weights(boxCounts: [0, 1, 2, 1000]))
        let expected: [Float] = [1, 1.983_454, 0.996_710_6, 0.019_835_4]
        #expect(weights.count == 4)
        for (weight, value) in zip(weights, expected) { #expect(abs(weight - value) < 1e-6) }
    }

    @Test func alikeClasses() {
        #expect(ClassWeighting.effectiveNumber.weights(boxCounts: [0, 70, 70]) == [1, 1, 1])
        #expect(ClassWeighting.effectiveNumber.weights(boxCounts: [0, 0]) == [1, 1])
        #expect(ClassWeighting.none.weights(boxCounts: [3, 4]) == nil)
    }
}
