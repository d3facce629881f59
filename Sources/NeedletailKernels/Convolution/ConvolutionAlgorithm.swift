/// The choice of a kernel for a convolution.
public enum ConvolutionAlgorithm {
    /// The kernel that computes convolutions of this shape.
    public static func kernel(for shape: ConvolutionShape) -> any ConvolutionKernel {
        MatrixConvolution(shape: shape)
    }
}
