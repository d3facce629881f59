import NeedletailKernels

/// A map as one row of numbers an image, `[batch, channels · height · width]`: all pixels of the first channel, then
/// those of the second, as torch flattens.
///
/// A linear layer behind it that is not trained is planned as a convolution whose kernel is the map, and nothing is moved.
public struct Flatten: Operator {
    public static let name = "flatten"

    /// Whether the row is a map of one pixel, `[batch, 1, 1, channels · height · width]`.
    var isMap = false

    public init() {}

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard inputs[0].elementType == .float32, inputs[0].shape.rank >= 2 else {
            throw OperatorError("it takes a batch of floats, not \(inputs[0])")
        }
        let shape = inputs[0].shape
        let count = shape.count / max(shape.batch, 1)
        return [TensorType(TensorShape(isMap ? [shape.batch, 1, 1, count] : [shape.batch, count]))]
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let shape = site.inputs[0].type.shape
        let pixels = shape.pixels / max(shape.batch, 1)
        return FlattenStep(
            kernel: TransposeKernel(batch: shape.batch, rows: pixels, columns: shape.channels),
            buffers: UnaryBuffers(site))
    }
}
