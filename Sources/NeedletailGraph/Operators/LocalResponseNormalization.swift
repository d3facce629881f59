import NeedletailKernels

/// Local response normalisation: each number by a power of the squares of its neighbours among the channels,
/// `x / (k + alpha / size · Σ x²)^beta`, as torch computes it.
///
/// Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks", 2012, do not divide by the size:
/// their alpha of 1e-4 with five channels is one of 5e-4 here.
public struct LocalResponseNormalization: Operator {
    public static let name = "local-response-normalization"

    /// Channels that are summed: of an even number one more below than above.
    public var size: Int
    public var alpha: Float
    public var beta: Float
    public var k: Float

    /// - Precondition: `size` is positive.
    public init(size: Int = 5, alpha: Float = 1e-4, beta: Float = 0.75, k: Float = 1) {
        precondition(size > 0, "\(size) channels cannot be summed")
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k
    }

    public var attributes: [String] { ["\(size)", "alpha=\(alpha)", "beta=\(beta)", "k=\(k)"] }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard inputs[0].elementType == .float32 else { throw OperatorError("it takes floats, not \(inputs[0])") }
        return inputs
    }

    public func kept(inputCount: Int, trained: Set<Parameter>) -> KeptTensors { KeptTensors(inputs: [0]) }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let shape = site.outputs[0].type.shape
        return LocalResponseNormalizationStep(
            kernel: LocalResponseNormalizationKernel(
                pixels: shape.pixels, channels: shape.channels, size: size, alpha: alpha, beta: beta, k: k),
            buffers: UnaryBuffers(site))
    }
}
