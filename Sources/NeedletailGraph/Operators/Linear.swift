import NeedletailKernels

/// A fully connected layer, a matrix product: on `[batch, channels]`, or on maps, all of whose numbers it reads.
///
/// On a map it is the convolution whose kernel is the map. Since weights are kept as torch keeps them, `[outputs,
/// channels · height · width]`, they are those of a linear layer behind torch's `flatten`.
public struct Linear: WeightedOperator {
    public static let name = "linear"

    /// `[outputs, inputs]`.
    public var weight: Parameter
    public var bias: Parameter?
    public var epilogue = Epilogue()
    /// Whether a map counts as flattened, so that the result is `[batch, outputs]` and not a map of one pixel.
    var flattens = false

    public init(weight: Parameter, bias: Parameter?) {
        self.weight = weight
        self.bias = bias
    }

    /// Makes a layer with parameters of its own, named `weight` and `bias` in the scope.
    public init(
        _ scope: ParameterScope, inputs: Int, outputs: Int, hasBias: Bool = true,
        initializedBy initializer: Initializer
    ) {
        self.init(
            weight: scope.parameter("weight", shape: [outputs, inputs], initializedBy: initializer),
            bias: hasBias ? scope.parameter("bias", shape: [outputs], initializedBy: .constant(0)) : nil)
    }

    public var attributes: [String] { ["\(weight.shape[0])"] + epilogue.attributes }

    public func outputType(of input: TensorType) throws(OperatorError) -> TensorType {
        guard input.shape.rank >= 2, input.elementType == .float32 else {
            throw OperatorError("a linear layer takes numbers of a batch, not \(input)")
        }
        let count = input.shape.count / max(input.shape.batch, 1)
        guard count == weight.shape[1] else {
            let product = input.shape.dimensions.dropFirst().map(String.init).joined(separator: " · ")
            let sizes = input.shape.rank > 2 ? "\(count) (\(product))" : "\(count)"
            throw OperatorError("it takes \(weight.shape[1]) numbers an image, not the \(sizes) of \(input)")
        }
        var type = input
        type.shape.dimensions = [Int](repeating: 1, count: flattens ? 2 : input.shape.rank)
        type.shape.batch = input.shape.batch
        type.shape.channels = weight.shape[0]
        return type
    }

    public func convolutionShape(of input: TensorType) -> ConvolutionShape {
        let map = input.shape.isMap ? Extent(height: input.shape.height, width: input.shape.width) : 1
        return ConvolutionShape(
            batch: input.shape.batch, inputHeight: map.height, inputWidth: map.width,
            inputChannels: weight.shape[1] / map.area, outputChannels: weight.shape[0], kernel: map)
    }

    public func window(of inputs: [TensorType]) -> Window? {
        let shape = convolutionShape(of: inputs[0])
        return shape.kernel == 1 ? nil : Window(size: shape.kernel, stride: shape.kernel)
    }
}
