import NeedletailKernels

/// A map resized by linear interpolation between pixel centres, torch's `interpolate(mode: "bilinear")` with
/// `align_corners` false: by whole factors, or to the height and width of a second map, of which nothing else is read.
public struct BilinearUpsampling: Operator {
    public static let name = "bilinear-upsample"

    /// How often as high and wide; nil where a second map says so.
    public var factor: Extent?

    /// - Precondition: A factor is positive.
    public init(factor: Extent? = nil) {
        precondition(factor.map { $0.height > 0 && $0.width > 0 } ?? true, "a map cannot be enlarged to nothing")
        self.factor = factor
    }

    public var attributes: [String] { factor.map { [$0.text] } ?? [] }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard inputs.count == (factor == nil ? 2 : 1), inputs.allSatisfy(\.shape.isMap),
            inputs[0].elementType == .float32
        else {
            throw OperatorError(factor == nil ? "it takes a map and one of the size to reach" : "it takes a map")
        }
        var type = inputs[0]
        type.shape.height = factor.map { $0.height * inputs[0].shape.height } ?? inputs[1].shape.height
        type.shape.width = factor.map { $0.width * inputs[0].shape.width } ?? inputs[1].shape.width
        return [type]
    }

    public func window(of inputs: [TensorType]) -> Window? { Window(size: 2, stride: 1) }

    public func readsShapeOnly(ofInput slot: Int) -> Bool { slot == 1 }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        let from = site.inputs[0].type.shape, to = site.outputs[0].type.shape
        return LinearMapStep(
            kernel: BilinearUpsamplingKernel(
                batch: to.batch, input: Extent(height: from.height, width: from.width),
                output: Extent(height: to.height, width: to.width), channels: to.channels),
            buffers: UnaryBuffers(site))
    }
}
