import Foundation
import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime
import NeedletailTraining
import ReferenceFormula
import Testing

/// Schedules and clipping against PyTorch's (`Tests/References/optimizers.py`).
@Suite struct OptimizationTests {
    @Test func warmUp() throws {
        let fixture = try Fixture("optimizers", in: .module)["schedules"]["warmup"]
        let schedule = LearningRateSchedule(
            baseRate: fixture["base"].float, decay: .constant, warmUpSteps: fixture["iterations"].int,
            warmUpFactor: fixture["start_factor"].float)
        let rates = fixture["values"].floats.indices.map {
            schedule.rate(step: $0, epoch: 0, totalSteps: 100)
        }
        #expect(relativeError(rates, fixture["values"].floats) < 1e-6)
    }

    @Test func steps() throws {
        let fixture = try Fixture("optimizers", in: .module)["schedules"]["multistep"]
        let schedule = LearningRateSchedule(
            baseRate: fixture["base"].float,
            decay: .steps(epochs: fixture["milestones"].ints, factor: fixture["gamma"].float))
        let rates = fixture["values"].floats.indices.map { schedule.rate(step: 10 * $0, epoch: $0, totalSteps: 140) }
        #expect(relativeError(rates, fixture["values"].floats) < 1e-6)
    }

    @Test func cosine() throws {
        let fixture = try Fixture("optimizers", in: .module)["schedules"]["cosine"]
        let floor = fixture["minimum"].float / fixture["base"].float
        let schedule = LearningRateSchedule(baseRate: fixture["base"].float, decay: .cosine(floor: floor))
        let rates = fixture["values"].floats.indices.map {
            schedule.rate(step: $0, epoch: 0, totalSteps: fixture["period"].int)
        }
        #expect(relativeError(rates, fixture["values"].floats) < 1e-5)
    }

    @Test(arguments: ["one cycle", "one cycle set"]) func oneCycle(name: String) throws {
        let fixture = try Fixture("optimizers", in: .module)["schedules"][name]
        let decay: LearningRateSchedule.Decay =
            fixture["rise"].exists
            ? .oneCycle(
                rise: fixture["rise"].double, startDivisor: fixture["start_divisor"].double,
                endDivisor: fixture["end_divisor"].double)
            : .oneCycle()
        let schedule = LearningRateSchedule(baseRate: fixture["base"].float, decay: decay)
        let expected = fixture["values"].floats
        #expect(expected.count == fixture["total"].int)
        for (step, value) in expected.enumerated() {
            let rate = schedule.rate(step: step, epoch: 0, totalSteps: expected.count)
            #expect(relativeError([rate], [value]) < 2e-6, "step \(step)")
        }
    }

    /// A run too short for both ways still has a rate.
    @Test(arguments: 1...4) func oneCycleOfFewSteps(total: Int) {
        let schedule = LearningRateSchedule(baseRate: 1, decay: .oneCycle(rise: 0.5))
        for step in 0..<total {
            let rate = schedule.rate(step: step, epoch: 0, totalSteps: total)
            #expect(rate > 0 && rate <= 1)
        }
    }

    @Test(arguments: 0..<3) func plateau(index: Int) throws {
        let fixture = try Fixture("optimizers", in: .module)["plateaus"][index]
        let rule = PlateauDecay.Rule(
            factor: fixture["factor"].double, patience: fixture["patience"].int, threshold: fixture["threshold"].double,
            coolDown: fixture["cooldown"].int, minimum: fixture["min_lr"].double)
        let schedule = LearningRateSchedule(baseRate: 0.5, decay: .plateau(rule))
        var decay = PlateauDecay(rule)
        for (metric, factor) in zip(fixture["metrics"].doubles, fixture["factors"].doubles) {
            decay.update(metric: metric)
            // Written and read between two epochs, as by a run that is resumed.
            decay = try JSONDecoder().decode(PlateauDecay.self, from: JSONEncoder().encode(decay))
            #expect(abs(decay.factor - factor) <= 1e-12 * factor)
            let rate = schedule.rate(step: 7, epoch: 1, totalSteps: 10, plateauFactor: decay.factor)
            #expect(rate == 0.5 * Float(decay.factor))
        }
        #expect(decay.factor < 1)
    }

    /// A metric that is not a number is no progress: with a patience of 1 the second such epoch lowers the rate.
    @Test func plateauWithoutMetric() {
        var decay = PlateauDecay(.init(factor: 0.5, patience: 1))
        let factors = [Double.nan, .nan, 0.3, 0.2, .nan].map { metric in
            decay.update(metric: metric)
            return decay.factor
        }
        #expect(factors == [1, 0.5, 0.5, 0.5, 0.25])
    }

    @Test(arguments: ["0.1", "1.0", "10.0"]) func clipping(limit: String) throws {
        let fixture = try Fixture("optimizers", in: .module)["clipping"][limit]
        let store = ParameterStore()
        let counts = [12, 5, 1]
        let parameters = counts.enumerated().map {
            store.root.parameter("p\($0)", shape: [$1], initializedBy: .constant(0))
        }
        let gradients = try ParameterGradients(parameters: parameters)
        for (index, count) in counts.enumerated() {
            _ = gradients[index].update(fromContentsOf: Formula.signed("clip.gradient\(index)", count: count))
        }
        let pool = ThreadPool(threadCount: 2)
        gradients.clip(toNorm: fixture["limit"].float, pool: pool)
        for index in counts.indices {
            #expect(relativeError(Array(gradients[index]), fixture["gradients"][index].floats) < 1e-6)
        }
    }
}
