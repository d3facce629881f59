/// A way to compute a convolution on one map.
protocol SingleMapConvolution: Sendable {
    static var name: String { get }
    var shape: ConvolutionShape { get }
    /// Floats of scratch that one worker needs.
    var scratchCount: Int { get }

    init(shape: ConvolutionShape)

    /// Packs OIHW weights for `forward` and `inputGradient`, in as many floats as they have.
    func pack(
        weights: UnsafePointer<Float>, scale: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>,
        pool: ThreadPool)

    func forward(_ map: ConvolutionMap.Forward, packed: UnsafePointer<Float>, scratch: Scratch, pool: ThreadPool)

    /// Without the gate.
    func inputGradient(
        _ map: ConvolutionMap.InputGradient, packed: UnsafePointer<Float>, scratch: Scratch, pool: ThreadPool)

    func addWeightGradient(
        _ map: ConvolutionMap.WeightGradient, scale: UnsafePointer<Float>?,
        to weightGradient: UnsafeMutablePointer<Float>, scratch: Scratch, pool: ThreadPool)
}

/// A convolution computed one map after the other.
struct MapByMapConvolution<Single: SingleMapConvolution>: ConvolutionKernel {
    private let singles: [Single]

    init(shapes: [ConvolutionShape]) {
        singles = shapes.map(Single.init)
    }

    var shapes: [ConvolutionShape] { singles.map(\.shape) }
    var algorithmName: String { Single.name }
    var packing: String { Single.name }
    var gradientPacking: String { Single.name }
    var packedCount: Int { singles[0].shape.weightCount }
    var gradientPackedCount: Int { packedCount }
    var scratchCount: Int { singles.map(\.scratchCount).max() ?? 0 }

    func pack(
        weights: UnsafePointer<Float>, scale: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>,
        pool: ThreadPool
    ) {
        singles[0].pack(weights: weights, scale: scale, into: packed, pool: pool)
    }

    func packForGradient(
        weights: UnsafePointer<Float>, scale: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>,
        pool: ThreadPool
    ) {
        singles[0].pack(weights: weights, scale: scale, into: packed, pool: pool)
    }

    func forward(
        _ maps: [ConvolutionMap.Forward], packed: UnsafePointer<Float>, scratch: Scratch, pool: ThreadPool
    ) {
        for (single, map) in zip(singles, maps) {
            single.forward(map, packed: packed, scratch: scratch, pool: pool)
        }
    }

    func inputGradient(
        _ maps: [ConvolutionMap.InputGradient], packed: UnsafePointer<Float>, scratch: Scratch, pool: ThreadPool
    ) {
        for (single, map) in zip(singles, maps) {
            single.inputGradient(map, packed: packed, scratch: scratch, pool: pool)
            if let gate = map.gate {
                Elementwise.multiply(
                    map.inputGradient, byDerivativeOf: .relu, at: gate, count: single.shape.inputCount, pool: pool)
            }
        }
    }

    func addWeightGradient(
        _ maps: [ConvolutionMap.WeightGradient], scale: UnsafePointer<Float>?,
        to weightGradient: UnsafeMutablePointer<Float>, scratch: Scratch, pool: ThreadPool
    ) {
        for (single, map) in zip(singles, maps) {
            single.addWeightGradient(map, scale: scale, to: weightGradient, scratch: scratch, pool: pool)
        }
    }
}
