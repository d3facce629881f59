import ArgumentParser
import Needletail
import NeedletailKernels

/// Depthwise convolutions, which compute so little of each number that memory is their limit.
struct DepthwiseSuite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "depthwise",
        abstract: "Time depthwise convolutions of the MobileNets, and compare them with the speed of memory.",
        discussion: """
            The limit is the time in which memory is read for as many bytes as input, weights and output have. Maps that
            stay in the caches may go beyond it.
            """)

    @OptionGroup var options: SuiteOptions

    /// Side of the input, channels, side of the kernel and stride, as MobileNetV2 and V3 have them at 224 pixels.
    private static let layers = [
        (112, 32, 3, 1), (112, 96, 3, 2), (56, 144, 3, 1), (56, 144, 3, 2), (28, 192, 3, 1), (28, 240, 5, 1),
        (14, 384, 3, 1), (14, 576, 3, 1), (14, 672, 5, 1), (7, 960, 3, 1), (7, 960, 5, 1),
    ]

    private static func name(_ size: Int, _ channels: Int, _ kernel: Int, _ stride: Int) -> String {
        "\(kernel)x\(kernel)\(stride == 1 ? "" : "s\(stride)")-\(channels)-\(size)x\(size)"
    }

    func run() throws {
        let pool = ThreadPool(threadCount: options.threads)
        var measurements: [Measurement] = []
        let peak = options.peak, memorySpeed = try CeilingSuite.memorySpeed(seconds: options.seconds, pool: pool)
        for (size, channels, kernel, stride) in Self.layers {
            let name = Self.name(size, channels, kernel, stride)
            guard options.includes(name) else { continue }
            let shape = ConvolutionShape(
                batch: 1, inputHeight: size, inputWidth: size, inputChannels: channels, outputChannels: channels,
                kernel: Extent(kernel), stride: Extent(stride), padding: EdgePadding(kernel / 2), groups: channels)
            measurements.append(try measure(name, shape, memorySpeed: memorySpeed, peak: peak, pool: pool))
        }
        try options.show(measurements, names: Self.layers.map(Self.name))
    }

    private func measure(
        _ name: String, _ shape: ConvolutionShape, memorySpeed: Double, peak: Double, pool: ThreadPool
    ) throws -> Measurement {
        let convolution = VectorConvolution(shapes: [shape])
        func block(_ count: Int) throws -> FloatStorage {
            let storage = try FloatStorage(count: count)
            storage.values.update(repeating: 1)
            return storage
        }
        let input = try block(shape.inputCount), weights = try block(shape.weightCount)
        let output = try block(shape.outputCount), packed = try block(convolution.packedCount)
        let perWorker = (convolution.scratchCount + 15) / 16 * 16
        let scratchStorage = try FloatStorage(count: perWorker * pool.threadCount)
        let shared = try FloatStorage(count: convolution.sharedScratchCount)
        let scratch = Scratch(base: scratchStorage.pointer, countPerWorker: perWorker, shared: shared.pointer)
        convolution.pack(weights: weights.pointer, scale: nil, into: packed.pointer, pool: pool)
        var result = Measurement.run(name, seconds: options.seconds / 2) {
            let map = ConvolutionMap.Forward(
                input: input.pointer, output: output.pointer, epilogue: ConvolutionEpilogue(activation: .relu6))
            convolution.forward([map], packed: packed.pointer, scratch: scratch, pool: pool)
        }
        let bytes = 4 * (shape.inputCount + shape.weightCount + shape.outputCount)
        result.rates["GB/s"] = Double(bytes) / result.medianMilliseconds / 1e6
        result.rates["% of what memory allows"] = 100 * Double(bytes) / result.medianMilliseconds / 1e6 / memorySpeed
        result.addRate(multiplyAdds: shape.multiplyAdds, peak: peak)
        return result
    }
}
