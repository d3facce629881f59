/// An algorithm for one convolution: forward, and both gradients.
///
/// The convolution may be applied to several maps of different sizes, such as the levels of a pyramid that share a
/// head; each pass takes all of them at once, in the order of `shapes`.
///
/// Every method divides its work over the pool into chunks whose results do not depend on who runs them, so all
/// outputs have the same bits at any number of threads. `scratch` holds `scratchCount` floats for each worker.
public protocol ConvolutionKernel: Sendable {
    /// The shape on each map; they differ in batch and size of the map only.
    var shapes: [ConvolutionShape] { get }

    /// How the forward pass is computed, in a word or two for people.
    var algorithmName: String { get }

    /// Floats of scratch that one worker needs, at most, in any of the methods.
    var scratchCount: Int { get }

    /// Floats of scratch that all workers share, for the weight gradient.
    var sharedScratchCount: Int { get }

    /// Whether `forward` can write its output as some of the channels of a wider map, where there is no residual.
    var canWriteParts: Bool { get }

    /// How many floats that are needed later `forward` can bring into the caches without taking longer, about.
    var readAheadCount: Int { get }

    /// Names the packed form that `forward` reads: kernels that share it can share packed weights.
    var packing: String { get }

    /// Names the packed form that `inputGradient` reads.
    var gradientPacking: String { get }

    /// Floats in the packed form of the weights that `forward` reads.
    var packedCount: Int { get }

    /// Floats in the packed form of the weights that `inputGradient` reads.
    var gradientPackedCount: Int { get }

    /// Packs OIHW weights for `forward`, each output channel multiplied by its `scale` if there is one.
    ///
    /// - Parameter hasRead: Is told, on any thread of the pool, which of the weights are read no more, or hardly: another thread
    ///   may be about to end with them.
    func pack(
        weights: UnsafePointer<Float>, scale: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>,
        pool: ThreadPool, hasRead: (Range<Int>) -> Void)

    /// Packs OIHW weights for `inputGradient`, scaled as for `pack`.
    func packForGradient(
        weights: UnsafePointer<Float>, scale: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>,
        pool: ThreadPool)

    /// Writes the convolution of each map's input with its epilogue to its output.
    func forward(
        _ maps: [ConvolutionMap.Forward], packed: UnsafePointer<Float>, scratch: Scratch, pool: ThreadPool)

    /// Writes or adds the gradient with respect to each map's input.
    func inputGradient(
        _ maps: [ConvolutionMap.InputGradient], packed: UnsafePointer<Float>, scratch: Scratch, pool: ThreadPool)

    /// Adds the gradient with respect to the OIHW weights, summed over all maps, each output channel multiplied by its
    /// `scale` if any.
    func addWeightGradient(
        _ maps: [ConvolutionMap.WeightGradient], scale: UnsafePointer<Float>?,
        to weightGradient: UnsafeMutablePointer<Float>, scratch: Scratch, pool: ThreadPool)
}

extension ConvolutionKernel {
    public var sharedScratchCount: Int { 0 }
    public var canWriteParts: Bool { false }
    public var readAheadCount: Int { 0 }

    /// Packs weights that stay where they are.
    public func pack(
        weights: UnsafePointer<Float>, scale: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>,
        pool: ThreadPool
    ) {
        pack(weights: weights, scale: scale, into: packed, pool: pool) { _ in }
    }
}

/// Scratch memory, aligned to 64 bytes: one slice a worker of a thread pool, and one that all share.
public struct Scratch {
    private let base: UnsafeMutablePointer<Float>
    /// Floats between the slices of two workers, a multiple of 16.
    public let countPerWorker: Int
    public let shared: UnsafeMutablePointer<Float>

    public init(base: UnsafeMutablePointer<Float>, countPerWorker: Int, shared: UnsafeMutablePointer<Float>) {
        precondition(countPerWorker % 16 == 0, "\(countPerWorker) floats break the alignment of scratch memory")
        self.base = base
        self.countPerWorker = countPerWorker
        self.shared = shared
    }

    public subscript(worker: Int) -> UnsafeMutablePointer<Float> { base + worker * countPerWorker }
}
