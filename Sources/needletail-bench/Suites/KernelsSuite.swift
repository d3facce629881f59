import ArgumentParser
import Needletail
import NeedletailKernels

/// Single convolutions, forward and backward.
struct KernelsSuite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels", abstract: "Time single convolutions of common networks.")

    @OptionGroup var options: SuiteOptions

    private static let layers: [(name: String, shape: ConvolutionShape)] = [
        layer("3x3-256-40x54", 40, 54, 256, 256), layer("3x3-256-20x27", 20, 27, 256, 256),
        layer("3x3-256-100x136", 100, 136, 256, 256), layer("3x3-64-56x56", 56, 56, 64, 64),
        layer("3x3-128-28x28", 28, 28, 128, 128), layer("3x3-256-14x14", 14, 14, 256, 256),
        layer("3x3-512-7x7", 7, 7, 512, 512), layer("1x1-256-64-56x56", 56, 56, 256, 64, kernel: 1),
        layer("1x1-512-2048-7x7", 7, 7, 512, 2048, kernel: 1),
        layer("3x3s2-128-256-28x28", 28, 28, 128, 256, stride: 2),
        layer("7x7s2-3-64-224x224", 224, 224, 3, 64, kernel: 7, stride: 2),
    ]

    private static func layer(
        _ name: String, _ height: Int, _ width: Int, _ inputs: Int, _ outputs: Int, kernel: Int = 3, stride: Int = 1
    ) -> (name: String, shape: ConvolutionShape) {
        (
            name,
            ConvolutionShape(
                batch: 1, inputHeight: height, inputWidth: width, inputChannels: inputs, outputChannels: outputs,
                kernel: Extent(kernel), stride: Extent(stride), padding: EdgePadding(kernel / 2))
        )
    }

    func run() throws {
        let pool = ThreadPool(threadCount: options.threads)
        var measurements: [Measurement] = []
        let peak = options.peak
        for layer in Self.layers where options.includes(layer.name) {
            measurements += try measure(layer.name, VectorConvolution(shapes: [layer.shape]), pool: pool, peak: peak)
        }
        try options.show(measurements, names: Self.layers.map(\.name))
    }

    private func measure(_ name: String, _ kernel: any ConvolutionKernel, pool: ThreadPool, peak: Double) throws
        -> [Measurement]
    {
        func random(_ count: Int) throws -> FloatStorage {
            let storage = try FloatStorage(count: count)
            var stream = RandomStream(seed: 3)
            for index in storage.values.indices { storage.pointer[index] = 2 * stream.nextUnit() - 1 }
            return storage
        }
        let shape = kernel.shapes[0]
        let input = try random(shape.inputCount), weights = try random(shape.weightCount)
        let gradient = try random(shape.outputCount), weightGradient = try random(shape.weightCount)
        let output = try random(shape.outputCount), inputGradient = try random(shape.inputCount)
        let packed = try FloatStorage(count: kernel.packedCount)
        let gradientPacked = try FloatStorage(count: kernel.gradientPackedCount)
        let perWorker = (kernel.scratchCount + 15) / 16 * 16
        let scratchStorage = try FloatStorage(count: perWorker * pool.threadCount)
        let shared = try FloatStorage(count: kernel.sharedScratchCount)
        let scratch = Scratch(base: scratchStorage.pointer, countPerWorker: perWorker, shared: shared.pointer)
        kernel.pack(weights: weights.pointer, scale: nil, into: packed.pointer, pool: pool)
        kernel.packForGradient(weights: weights.pointer, scale: nil, into: gradientPacked.pointer, pool: pool)
        func timed(_ pass: String, _ body: () -> Void) -> Measurement {
            var result = Measurement.run("\(name) \(pass)", seconds: options.seconds / 4, body)
            result.addRate(multiplyAdds: shape.multiplyAdds, peak: peak)
            return result
        }
        return [
            timed("forward") {
                let map = ConvolutionMap.Forward(
                    input: input.pointer, output: output.pointer, epilogue: ConvolutionEpilogue(activation: .relu))
                kernel.forward([map], packed: packed.pointer, scratch: scratch, pool: pool)
            },
            timed("input gradient") {
                let map = ConvolutionMap.InputGradient(
                    outputGradient: gradient.pointer, inputGradient: inputGradient.pointer, accumulates: false)
                kernel.inputGradient([map], packed: gradientPacked.pointer, scratch: scratch, pool: pool)
            },
            timed("weight gradient") {
                let map = ConvolutionMap.WeightGradient(input: input.pointer, outputGradient: gradient.pointer)
                kernel.addWeightGradient(
                    [map], scale: nil, to: weightGradient.pointer, scratch: scratch, pool: pool)
            },
        ]
    }
}
