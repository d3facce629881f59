import NeedletailKernels

/// The product of two tensors of one shape, or of maps and one number for each channel of each image, as
/// squeeze-and-excitation weighs channels: `[batch, height, width, channels]` and `[batch, 1, 1, channels]`.
public struct Multiplication: Operator {
    public static let name = "multiply"

    public init() {}

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard inputs.count == 2, inputs.allSatisfy({ $0.elementType == .float32 }),
            let broad = Self.broadcast(inputs.map(\.shape))
        else {
            throw OperatorError(
                "values of shapes \(inputs.map(\.description).joined(separator: " and ")) cannot be multiplied: they must "
                    + "be of one shape, or one of them [batch, 1, 1, channels] for maps of as many channels")
        }
        return [inputs[broad.map]]
    }

    /// Which of two shapes is that of the result, and how many pixels of it share a number of the other.
    private static func broadcast(_ shapes: [TensorShape]) -> (map: Int, pixels: Int)? {
        if shapes[0] == shapes[1] { return (0, 1) }
        for (map, factor) in [(0, 1), (1, 0)] where shapes[map].isMap {
            let small = TensorShape(
                batch: shapes[map].batch, height: 1, width: 1, channels: shapes[map].channels)
            if shapes[factor] == small { return (map, shapes[map].height * shapes[map].width) }
        }
        return nil
    }

    public func kept(inputCount: Int, trained: Set<Parameter>) -> KeptTensors { KeptTensors(inputs: [0, 1]) }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        guard let broad = Self.broadcast(site.inputs.map(\.type.shape)) else {
            preconditionFailure("\(site.inputs.map(\.type)) cannot be multiplied")
        }
        let shape = site.inputs[broad.map].type.shape, factor = site.inputs[1 - broad.map].type.shape
        return MultiplyStep(
            kernel: ProductKernel(rows: factor.pixels, pixelsPerRow: broad.pixels, channels: shape.channels),
            map: (site.inputs[broad.map].buffer, site.inputs[broad.map].gradient),
            factor: (site.inputs[1 - broad.map].buffer, site.inputs[1 - broad.map].gradient),
            output: site.outputs[0].buffer, outputGradient: site.outputs[0].gradient)
    }
}
