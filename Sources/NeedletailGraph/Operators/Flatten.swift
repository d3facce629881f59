import NeedletailKernels

/// A map as one row of numbers an image, `[batch, channels · height · width]`: all pixels of the first channel, then
/// those of the second, as torch flattens.
///
/// A linear layer behind it is planned as a convolution whose kernel is the map, and nothing is moved.
public struct Flatten: Operator {
    public static let name = "flatten"

    public init() {}

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard inputs[0].elementType == .float32, inputs[0].shape.rank >= 2 else {
            throw OperatorError("it takes a batch of floats, not \(inputs[0])")
        }
        let shape = inputs[0].shape
        return [TensorType(TensorShape([shape.batch, shape.count / max(shape.batch, 1)]))]
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let shape = site.inputs[0].type.shape
        let pixels = shape.pixels / max(shape.batch, 1)
        return FlattenStep(
            kernel: TransposeKernel(batch: shape.batch, rows: pixels, columns: shape.channels),
            buffers: UnaryBuffers(site))
    }
}
