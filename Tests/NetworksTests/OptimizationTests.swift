import Foundation
import NeedletailKernels
import NeedletailNetworks
import NeedletailRuntime
import ReferenceFormula
import Testing

/// Optimiser and schedules against PyTorch's (`Tests/References/optimizers.py`).
@Suite struct OptimizationTests {
    @Test(arguments: ["sgd", "sgd momentum", "sgd momentum decay", "sgd nesterov"])
    func stochasticGradientDescent(name: String) throws {
        let fixture = try Fixture("optimizers", in: .module)["optimizers"][name]
        let store = ParameterStore()
        let parameter = store.root.parameter("p", shape: [12], initializedBy: .constant(0))
        parameter.update { _ = $0.update(fromContentsOf: Formula.signed("optimizer.parameter", count: 12)) }
        let gradients = ParameterGradients(parameters: [parameter])
        let optimizer = StochasticGradientDescent(
            .init(
                momentum: fixture["momentum"].exists ? fixture["momentum"].float : 0,
                weightDecay: fixture["weight_decay"].exists ? fixture["weight_decay"].float : 0,
                usesNesterov: fixture["nesterov"].exists), gradients: gradients)
        let pool = ThreadPool(threadCount: 1)
        for step in 0..<5 {
            _ = gradients[0].update(fromContentsOf: Formula.signed("optimizer.gradient\(step)", count: 12))
            optimizer.step(learningRate: fixture["lr"].float * (step >= 3 ? 0.5 : 1), pool: pool)
            #expect(relativeError(Array(parameter.values), fixture["after_each_step"][step].floats) < 1e-6)
        }
    }

    @Test func warmUp() throws {
        let fixture = try Fixture("optimizers", in: .module)["schedules"]["warmup"]
        let schedule = LearningRateSchedule(
            baseRate: fixture["base"].float, decay: .constant, warmUpSteps: fixture["iterations"].int,
            warmUpFactor: fixture["start_factor"].float)
        let rates = fixture["values"].floats.indices.map {
            schedule.rate(step: $0, stepsPerEpoch: 100, totalSteps: 100)
        }
        #expect(relativeError(rates, fixture["values"].floats) < 1e-6)
    }

    @Test func steps() throws {
        let fixture = try Fixture("optimizers", in: .module)["schedules"]["multistep"]
        let schedule = LearningRateSchedule(
            baseRate: fixture["base"].float,
            decay: .steps(epochs: fixture["milestones"].ints, factor: fixture["gamma"].float))
        let rates = fixture["values"].floats.indices.map { schedule.rate(step: $0, stepsPerEpoch: 1, totalSteps: 14) }
        #expect(relativeError(rates, fixture["values"].floats) < 1e-6)
    }

    @Test func cosine() throws {
        let fixture = try Fixture("optimizers", in: .module)["schedules"]["cosine"]
        let floor = fixture["minimum"].float / fixture["base"].float
        let schedule = LearningRateSchedule(baseRate: fixture["base"].float, decay: .cosine(floor: floor))
        let rates = fixture["values"].floats.indices.map {
            schedule.rate(step: $0, stepsPerEpoch: 1, totalSteps: fixture["period"].int)
        }
        #expect(relativeError(rates, fixture["values"].floats) < 1e-5)
    }

    @Test(arguments: ["0.1", "1.0", "10.0"]) func clipping(limit: String) throws {
        let fixture = try Fixture("optimizers", in: .module)["clipping"][limit]
        let store = ParameterStore()
        let counts = [12, 5, 1]
        let parameters = counts.enumerated().map {
            store.root.parameter("p\($0)", shape: [$1], initializedBy: .constant(0))
        }
        let gradients = ParameterGradients(parameters: parameters)
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
