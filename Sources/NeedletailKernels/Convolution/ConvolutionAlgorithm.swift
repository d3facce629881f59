/// The ways to compute a convolution.
public enum ConvolutionAlgorithm: String, CaseIterable, Sendable {
    /// The package's SIMD kernels.
    case vector
    /// Matrix products by OpenBLAS: slower, and independent of our kernels.
    case matrix
    /// Straight from the definition, in double precision: the oracle.
    case naive

    /// The kernel that computes convolutions of a shape this way.
    public func kernel(for shape: ConvolutionShape) -> any ConvolutionKernel {
        switch self {
        case .vector: VectorConvolution(shape: shape)
        case .matrix: MatrixConvolution(shape: shape)
        case .naive: NaiveConvolution(shape: shape)
        }
    }
}
