import Needletail

/// Ways down into a long valley: `f(x, y) = 0.1 x² + 2 y²`, from (-5, -2).
enum Optimizers: Chapter {
    static let name = "optimizers"
    static let title = "optimisers on one function"

    static func run(_ notebook: Notebook) throws {
        let methods: [(String, any OptimizationMethod, Float)] = [
            ("gradient descent, rate 0.4", SGD(momentum: 0), 0.4),
            ("gradient descent, rate 0.6", SGD(momentum: 0), 0.6),
            ("momentum 0.5, rate 0.4", SGD(momentum: 0.5), 0.4),
            ("Nesterov 0.5, rate 0.4", SGD(momentum: 0.5, usesNesterov: true), 0.4),
            ("AdaGrad, rate 2", AdaGrad(), 2),
            ("RMSProp 0.9, rate 0.4", RMSProp(alpha: 0.9), 0.4),
            ("Adam, rate 0.4", Adam(), 0.4),
        ]
        for (name, method, rate) in methods {
            let path = try descend(method, rate: rate, notebook)
            let values = [0, 1, 5, 10, 20].map { "\($0): \(Notebook.text(value(path[$0])))" }
            let end = path[20]
            print(
                "\(name): f after steps \(values.joined(separator: ", ")); at (\(Notebook.text(end.x)), \(Notebook.text(end.y)))"
            )
        }
    }

    private static func value(_ place: SIMD2<Float>) -> Float { 0.1 * place.x * place.x + 2 * place.y * place.y }

    /// The places from the first to that after twenty steps.
    private static func descend(
        _ method: any OptimizationMethod, rate: Float, _ notebook: Notebook
    ) throws -> [SIMD2<Float>] {
        let place = Parameter.of([-5, -2], shape: [2])
        let gradients = try ParameterGradients(parameters: [place])
        let optimizer = try Optimizer(OptimizerConfiguration(method: method, weightDecay: 0), parameters: [place])
        var path = [SIMD2(place.values[0], place.values[1])]
        for _ in 0..<20 {
            gradients[0][0] = 0.2 * place.values[0]
            gradients[0][1] = 4 * place.values[1]
            optimizer.step(gradients, learningRate: rate, pool: notebook.pool)
            path.append(SIMD2(place.values[0], place.values[1]))
        }
        return path
    }
}
