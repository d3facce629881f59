import Foundation
import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime
import NeedletailTraining
import ReferenceFormula
import Testing

/// Every method against PyTorch's (`Tests/References/optimizers.py`).
@Suite struct OptimizerTests {
    static let names = [
        "sgd", "sgd decay", "sgd momentum", "sgd momentum decay", "sgd nesterov", "adam", "adam decay", "adam betas",
        "adamw", "adamw betas", "rmsprop", "rmsprop decay", "rmsprop momentum", "rmsprop centered", "rmsprop all",
        "adagrad", "adagrad decay",
    ]

    private static func configuration(_ fixture: Fixture) throws -> OptimizerConfiguration {
        let beta1 = fixture["betas"][0].double, beta2 = fixture["betas"][1].double, epsilon = fixture["eps"].double
        let method: (any OptimizationMethod)? =
            switch fixture["kind"].string {
            case "SGD":
                SGD(momentum: fixture["momentum"].double, usesNesterov: fixture["nesterov"].int == 1)
            case "Adam": Adam(beta1: beta1, beta2: beta2, epsilon: epsilon)
            case "AdamW": AdamW(beta1: beta1, beta2: beta2, epsilon: epsilon)
            case "RMSprop":
                RMSProp(
                    alpha: fixture["alpha"].double, epsilon: epsilon, momentum: fixture["momentum"].double,
                    isCentered: fixture["centered"].int == 1)
            case "Adagrad":
                AdaGrad(
                    epsilon: epsilon, rateDecay: fixture["lr_decay"].double,
                    initialSum: fixture["initial_accumulator_value"].double)
            default: nil
            }
        return OptimizerConfiguration(method: try #require(method), weightDecay: fixture["weight_decay"].double)
    }

    private static func parameter(_ name: String, _ values: [Float], in store: ParameterStore) -> Parameter {
        let parameter = store.root.parameter(name, shape: [values.count], initializedBy: .constant(0))
        parameter.update { _ = $0.update(fromContentsOf: values) }
        return parameter
    }

    @Test(arguments: names) func steps(name: String) throws {
        let file = try Fixture("optimizers", in: .module)
        let fixture = file["optimizers"][name]
        let parameter = Self.parameter("p", Formula.signed("optimizer.parameter", count: 12), in: ParameterStore())
        let gradients = try ParameterGradients(parameters: [parameter])
        let optimizer = try Optimizer(try Self.configuration(fixture), parameters: [parameter])
        let pool = ThreadPool(threadCount: 1)
        #expect(optimizer.states.isEmpty)
        for (step, factor) in file["rate_factors"].floats.enumerated() {
            _ = gradients[0].update(fromContentsOf: Formula.signed("optimizer.gradient\(step)", count: 12))
            optimizer.step(gradients, learningRate: fixture["lr"].float * factor, pool: pool)
            #expect(
                relativeError(Array(parameter.values), fixture["after_each_step"][step].floats) < 1e-6, "step \(step)")
        }
        #expect(optimizer.stepCounts == [10])
        #expect(Set(optimizer.states.map(\.name)) == Set(fixture["state"].keys))
        for state in optimizer.states {
            #expect(relativeError(Array(state.values), fixture["state"][state.name].floats) < 1e-6, "\(state.name)")
        }
    }

    /// A parameter that joins in at the fourth step, with a learning rate and a weight decay of its own.
    @Test func lateParameter() throws {
        let file = try Fixture("optimizers", in: .module)
        let fixture = file["late parameter"]
        let store = ParameterStore()
        let first = Self.parameter("first", Formula.signed("optimizer.parameter", count: 12), in: store)
        let late = Self.parameter("late", Formula.signed("optimizer.late", count: 5), in: store)
        let optimizer = try Optimizer(
            .init(method: Adam(), weightDecay: fixture["weight_decay"].double), parameters: [first, late],
            multipliers: { parameter in
                parameter === late
                    ? .init(
                        learningRate: fixture["lr_factor"].float, weightDecay: fixture["weight_decay_factor"].float)
                    : .init()
            })
        let pool = ThreadPool(threadCount: 1)
        for (step, factor) in file["rate_factors"].floats.enumerated() {
            let hasJoined = step >= fixture["first_step"].int
            // In another order than the optimiser has them.
            let gradients = try ParameterGradients(parameters: hasJoined ? [late, first] : [first])
            for (index, parameter) in gradients.parameters.enumerated() {
                let name = parameter === late ? "optimizer.late.gradient\(step)" : "optimizer.gradient\(step)"
                _ = gradients[index].update(fromContentsOf: Formula.signed(name, count: parameter.count))
            }
            optimizer.step(gradients, learningRate: fixture["lr"].float * factor, pool: pool)
            let expected = fixture["after_each_step"][step]
            #expect(relativeError(Array(first.values), expected[0].floats) < 1e-6, "step \(step)")
            #expect(relativeError(Array(late.values), expected[1].floats) < 1e-6, "step \(step)")
        }
        #expect(optimizer.stepCounts == [10, 7])
    }

    /// The same bits at any number of threads, and for weights at any place in the vectors.
    @Test(arguments: names) func threads(name: String) throws {
        let fixture = try Fixture("optimizers", in: .module)["optimizers"][name]
        let count = 150_003
        func trained(threads: Int, pieces: [Int]) throws -> [Float] {
            let pool = ThreadPool(threadCount: threads)
            let values = Formula.signed("optimizer.parameter", count: count)
            let store = ParameterStore()
            var start = 0
            let parameters = pieces.map { length in
                defer { start += length }
                return Self.parameter("p\(start)", Array(values[start..<start + length]), in: store)
            }
            let optimizer = try Optimizer(try Self.configuration(fixture), parameters: parameters)
            let gradients = try ParameterGradients(parameters: parameters)
            for step in 0..<3 {
                let slopes = Formula.signed("optimizer.gradient\(step)", count: count)
                var start = 0
                for (index, length) in pieces.enumerated() {
                    _ = gradients[index].update(fromContentsOf: slopes[start..<start + length])
                    start += length
                }
                optimizer.step(gradients, learningRate: 0.01, pool: pool)
            }
            return parameters.flatMap { Array($0.values) }
        }
        let whole = try trained(threads: 1, pieces: [count])
        #expect(try trained(threads: 3, pieces: [count]) == whole)
        #expect(try trained(threads: 2, pieces: [5, 65_537, count - 65_542]) == whole)
    }

    /// `Σ (g - m)²` of gradients that are all alike is zero up to rounding, and must not become the root of less.
    @Test func centeredWithConstantGradient() throws {
        let parameter = Self.parameter("p", [Float](repeating: 1, count: 16), in: ParameterStore())
        let gradients = try ParameterGradients(parameters: [parameter])
        let optimizer = try Optimizer(
            .init(method: RMSProp(alpha: 0.9, isCentered: true), weightDecay: 0), parameters: [parameter])
        for (index, _) in gradients[0].enumerated() { gradients[0][index] = 0.1 + 0.37 * Float(index) }
        let pool = ThreadPool(threadCount: 1)
        for _ in 0..<500 { optimizer.step(gradients, learningRate: 1e-9, pool: pool) }
        let isFinite = parameter.values.allSatisfy(\.isFinite)
        #expect(isFinite)
    }

    /// A halved sum of gradients is a step with their mean: 1 - 0.5 * (0.5 * (1 + 3)) = 0.
    @Test func summedGradients() throws {
        let parameter = Self.parameter("p", [1], in: ParameterStore())
        let gradients = try ParameterGradients(parameters: [parameter])
        let pool = ThreadPool(threadCount: 1)
        gradients[0][0] = 1 + 3
        gradients.scale(by: 0.5, pool: pool)
        let optimizer = try Optimizer(
            .init(method: SGD(momentum: 0), weightDecay: 0), parameters: [parameter])
        optimizer.step(gradients, learningRate: 0.5, pool: pool)
        #expect(parameter.values[0] == 0)
    }

    /// As a state of a run has it, and as a recipe.
    @Test(arguments: OptimizerConfiguration.choices.map(\.name)) func isReadAsWritten(name: String) throws {
        let choice = try #require(OptimizerConfiguration.choices.first { $0.name == name })
        var configuration = OptimizerConfiguration(method: choice.method, weightDecay: choice.weightDecay)
        let data = try JSONEncoder().encode(configuration)
        #expect(try JSONDecoder().decode(OptimizerConfiguration.self, from: data) == configuration)
        guard configuration.method.momentumSetting != nil else { return }
        configuration.method.momentumSetting = 0.25
        #expect(try JSONDecoder().decode(OptimizerConfiguration.self, from: data) != configuration)
    }

    @Test func unknownMethodsAreNamed() {
        let data = Data(#"{"method": {"newton": {}}, "weightDecay": 0}"#.utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(OptimizerConfiguration.self, from: data) }
    }
}
