/// A way to compute convolutions.
public struct ConvolutionAlgorithm: Sendable {
    private let makeKernel: @Sendable ([ConvolutionShape]) -> any ConvolutionKernel
    /// Whether convolutions that follow one another may run as a ``ConvolutionChain``, whose kernels these are.
    package let chains: Bool

    package init(
        chains: Bool = false, _ makeKernel: @escaping @Sendable (_ shapes: [ConvolutionShape]) -> any ConvolutionKernel
    ) {
        self.makeKernel = makeKernel
        self.chains = chains
    }

    /// The package's SIMD kernels.
    public static let vector = ConvolutionAlgorithm(chains: true) { VectorConvolution(shapes: $0) }

    /// The kernel that computes a convolution this way, on maps of these shapes.
    ///
    /// - Precondition: There is at least one shape, and they differ in batch and size of the map only.
    public func kernel(for shapes: [ConvolutionShape]) -> any ConvolutionKernel { makeKernel(shapes) }
}
