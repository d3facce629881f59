/// The ways to compute a convolution.
public enum ConvolutionAlgorithm: String, CaseIterable, Sendable {
    /// The package's SIMD kernels.
    case vector
    /// Matrix products by OpenBLAS: slower, and independent of our kernels.
    case matrix
    /// Straight from the definition, in double precision: the oracle.
    case naive

    /// The kernel that computes a convolution this way, on maps of these shapes.
    ///
    /// - Precondition: There is at least one shape, and they differ in batch and size of the map only.
    public func kernel(for shapes: [ConvolutionShape]) -> any ConvolutionKernel {
        switch self {
        case .vector: VectorConvolution(shapes: shapes)
        case .matrix: MapByMapConvolution<MatrixConvolution>(shapes: shapes)
        case .naive: MapByMapConvolution<NaiveConvolution>(shapes: shapes)
        }
    }
}
