import Needletail

/// A shortcut around every layer lets the gradient pass. He et al., "Deep Residual Learning", 2015.
enum Residuals: Chapter {
    static let name = "residuals"
    static let title = "residual connections keep gradients alive"

    private static let channels = 4

    static func run(_ notebook: Notebook) throws {
        print("norm of the gradient of the first layer's weights, for a gradient of 1 everywhere at the end")
        for depth in [2, 8, 16, 32] {
            let plain = try gradient(depth: depth, isResidual: false, notebook)
            let residual = try gradient(depth: depth, isResidual: true, notebook)
            print("\(depth) layers: plain \(short(plain)), residual \(short(residual))")
        }
    }

    /// Each layer halves what it gets, about; a shortcut adds what it was given.
    private static func gradient(depth: Int, isResidual: Bool, _ notebook: Notebook) throws -> Double {
        let store = ParameterStore()
        let layers = (0..<depth).map { index in
            Convolution(
                store.root["\(index)"], inputChannels: channels, outputChannels: channels, kernel: 3, hasBias: false,
                initializedBy: .normal(deviation: 0.08, seed: 1))
        }
        let graph = Graph { builder in
            var value = builder.input("x", channels: channels)
            for layer in layers {
                let result = layer(value).relu()
                value = isResidual ? result + value : result
            }
            builder.output("y", value)
        }
        let gradients = try ParameterGradients(parameters: [layers[0].weight])
        let shape = TensorShape(batch: 1, height: 8, width: 8, channels: channels)
        let plan = try Plan(graph: graph, inputShape: shape, purpose: .training(gradients), pool: notebook.pool)
        var stream = RandomStream(seed: 2)
        for index in 0..<shape.count { plan.input[index] = stream.nextNormal() }
        plan.forward()
        plan.outputGradient(0)?.update(repeating: 1)
        plan.backward()
        return Double(gradients.norm(pool: notebook.pool))
    }

    /// Two digits that count.
    private static func short(_ value: Double) -> String {
        var (value, exponent) = (value, 0)
        while value > 0, value < 1 { (value, exponent) = (value * 10, exponent - 1) }
        while value >= 10 { (value, exponent) = (value / 10, exponent + 1) }
        return "\((value * 10).rounded() / 10)e\(exponent)"
    }
}
