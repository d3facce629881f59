import Needletail

/// Numbers on one scale: of the input, and within a network.
enum Normalization: Chapter {
    static let name = "normalization"
    static let title = "min-max, mean and deviation, batch and layer normalisation"

    static func run(_ notebook: Notebook) throws {
        let numbers: [Float] = [2, 4, 4, 4, 5, 5, 7, 9]
        print("numbers: \(text(numbers))")
        let least: Float = 2, greatest: Float = 9
        print("min-max: \(text(numbers.map { ($0 - least) / (greatest - least) }))")
        let (mean, deviation) = moments(numbers)
        print("mean \(Notebook.text(mean)), deviation \(Notebook.text(deviation))")
        print("standardised: \(text(numbers.map { ($0 - mean) / deviation }))")

        notebook.title("Batch normalisation: each channel over all pictures of the batch")
        // Four pictures of one pixel with two channels of quite different size.
        let batch: [Float] = [1, 100, 2, 300, 3, 200, 6, 600]
        let shape = TensorShape(batch: 4, height: 1, width: 1, channels: 2)
        let layer = BatchNormalization(ParameterStore().root, channels: 2, kind: .trained)
        let gradients = try ParameterGradients(parameters: [layer.weight, layer.bias])
        let plan = try Plan(
            graph: Graph { $0.output("y", layer($0.input("x", channels: 2))) }, inputShape: shape,
            purpose: .training(gradients), pool: notebook.pool)
        _ = plan.input.update(fromContentsOf: batch)
        plan.forward()
        notebook.show(Matrix(4, 2, batch), "batch, a picture a row")
        notebook.show(Matrix(4, 2, Array(plan.output(0))), "normalised")
        print("kept for later, a tenth of the batch's: mean \(text(Array(layer.mean.values)))")

        notebook.title("Layer normalisation: each picture over its channels")
        let other = LayerNormalization(ParameterStore().root, channels: 2)
        let result = try notebook.compute(
            Graph { $0.output("y", other($0.input("x", channels: 2))) }, batch, shape: shape)
        notebook.show(Matrix(4, 2, result), "normalised")
    }

    private static func moments(_ numbers: [Float]) -> (mean: Float, deviation: Float) {
        let mean = numbers.reduce(0, +) / Float(numbers.count)
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(numbers.count)
        return (mean, variance.squareRoot())
    }

    private static func text(_ numbers: [Float]) -> String { numbers.map(Notebook.text).joined(separator: " ") }
}
