import NeedletailKernels

/// Blocks of pixels become channels: a map of `[height, width, channels]` one of
/// `[height / block, width / block, block² · channels]`, and nothing is lost.
///
/// The stem of YOLOX. Redmon & Farhadi, "YOLO9000", 2016, call it the passthrough layer.
public struct SpaceToDepth: Operator {
    /// In which order the pixels of a block follow each other.
    public enum Order: String, Sendable {
        /// From left to right, line by line: ONNX's `SpaceToDepth`.
        case rows
        /// From top to bottom, column by column: YOLOX's `Focus`.
        case columns
    }

    public static let name = "space-to-depth"

    /// Pixels along a side of a block.
    public var block: Int
    public var order: Order

    public init(block: Int, order: Order) {
        self.block = block
        self.order = order
    }

    public var attributes: [String] { ["\(block)", order.rawValue] }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        var type = inputs[0]
        guard type.shape.isMap, type.elementType == .float32 else {
            throw OperatorError("it takes maps [batch, height, width, channels], not \(type)")
        }
        guard type.shape.height.isMultiple(of: block), type.shape.width.isMultiple(of: block) else {
            throw OperatorError(
                "height and width must be multiples of \(block), not \(type.shape.height) and \(type.shape.width)")
        }
        type.shape.height /= block
        type.shape.width /= block
        type.shape.channels *= block * block
        return [type]
    }

    public func window(of inputs: [TensorType]) -> Window? { Window(size: Extent(block), stride: Extent(block)) }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        LinearMapStep(
            kernel: SpaceToDepthKernel(
                block: block, isColumnByColumn: order == .columns,
                outputRows: site.outputs[0].type.shape.batch
                    * site.outputs[0].type.shape.height,
                outputWidth: site.outputs[0].type.shape.width, inputChannels: site.inputs[0].type.shape.channels),
            buffers: UnaryBuffers(site))
    }
}
