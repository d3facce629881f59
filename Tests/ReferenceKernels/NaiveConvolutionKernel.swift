import NeedletailKernels

/// The convolution of several maps by its definition, for plans.
public struct NaiveConvolutionKernel: ConvolutionKernel {
    private let convolutions: [NaiveConvolution]

    public init(shapes: [ConvolutionShape]) {
        convolutions = shapes.map(NaiveConvolution.init)
    }

    public var shapes: [ConvolutionShape] { convolutions.map(\.shape) }
    public var algorithmName: String { "naive" }
    public var packing: String { "naive" }
    public var gradientPacking: String { "naive" }
    public var packedCount: Int { shapes[0].weightCount }
    public var gradientPackedCount: Int { packedCount }
    public var scratchCount: Int { 0 }

    public func pack(
        weights: UnsafePointer<Float>, scale: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>,
        pool: ThreadPool, hasRead: (Range<Int>) -> Void
    ) {
        let perOutput = packedCount / shapes[0].outputChannels
        for index in 0..<packedCount { packed[index] = weights[index] * (scale?[index / perOutput] ?? 1) }
        hasRead(0..<packedCount)
    }

    public func packForGradient(
        weights: UnsafePointer<Float>, scale: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>,
        pool: ThreadPool
    ) {
        pack(weights: weights, scale: scale, into: packed, pool: pool)
    }

    public func forward(
        _ maps: [ConvolutionMap.Forward], packed: UnsafePointer<Float>, scratch: Scratch, pool: ThreadPool
    ) {
        for (convolution, map) in zip(convolutions, maps) {
            let sums = convolution.output(input: map.input, weights: packed), epilogue = map.epilogue
            for (index, sum) in sums.enumerated() {
                var value = sum
                if let bias = epilogue.bias { value += Double(bias[index % convolution.shape.outputChannels]) }
                if let residual = epilogue.residual { value += Double(residual[index]) }
                map.output[index] = Float(epilogue.activation?.exactValue(value) ?? value)
            }
        }
    }

    public func inputGradient(
        _ maps: [ConvolutionMap.InputGradient], packed: UnsafePointer<Float>, scratch: Scratch, pool: ThreadPool
    ) {
        for (convolution, map) in zip(convolutions, maps) {
            let sums = convolution.inputGradient(outputGradient: map.outputGradient, weights: packed)
            for (index, sum) in sums.enumerated() {
                let value = sum + (map.accumulates ? Double(map.inputGradient[index]) : 0)
                map.inputGradient[index] = map.gate.map { $0[index] > 0 } ?? true ? Float(value) : 0
            }
        }
    }

    public func addWeightGradient(
        _ maps: [ConvolutionMap.WeightGradient], scale: UnsafePointer<Float>?,
        to weightGradient: UnsafeMutablePointer<Float>, scratch: Scratch, pool: ThreadPool
    ) {
        let perOutput = packedCount / shapes[0].outputChannels
        for (convolution, map) in zip(convolutions, maps) {
            let sums = convolution.weightGradient(input: map.input, outputGradient: map.outputGradient)
            for (index, sum) in sums.enumerated() {
                weightGradient[index] += Float(sum * Double(scale?[index / perOutput] ?? 1))
            }
        }
    }
}

extension ConvolutionAlgorithm {
    /// Straight from the definition, in double precision.
    public static let naive = ConvolutionAlgorithm { NaiveConvolutionKernel(shapes: $0) }
}
