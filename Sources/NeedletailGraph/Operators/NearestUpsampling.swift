import NeedletailKernels

/// A map resized by nearest neighbour to the height and width of a second one, of which nothing else is read.
public struct NearestUpsampling: Operator {
    public static let name = "upsample"

    public init() {}

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard inputs.count == 2, inputs.allSatisfy(\.shape.isMap), inputs[0].elementType == .float32 else {
            throw OperatorError("it takes a map and one of the size to reach")
        }
        var type = inputs[0]
        type.shape.height = inputs[1].shape.height
        type.shape.width = inputs[1].shape.width
        return [type]
    }

    public func readsShapeOnly(ofInput slot: Int) -> Bool { slot == 1 }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let from = site.inputs[0].type.shape, to = site.outputs[0].type.shape
        return UpsamplingStep(
            shape: NearestUpsamplingKernel.Shape(
                batch: to.batch, inputHeight: from.height, inputWidth: from.width, outputHeight: to.height,
                outputWidth: to.width, channels: to.channels),
            buffers: UnaryBuffers(site))
    }
}
