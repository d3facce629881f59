import NeedletailKernels

/// A fully connected layer, a matrix product: on `[batch, channels]`, or on maps of a single pixel.
public struct Linear: WeightedOperator {
    public static let name = "linear"

    /// `[outputs, inputs]`.
    public var weight: Parameter
    public var bias: Parameter?
    public var epilogue = Epilogue()

    public init(weight: Parameter, bias: Parameter?) {
        self.weight = weight
        self.bias = bias
    }

    /// Makes a layer with parameters of its own, named `weight` and `bias` in the scope.
    public init(_ scope: ParameterScope, inputs: Int, outputs: Int, initializedBy initializer: Initializer) {
        self.init(
            weight: scope.parameter("weight", shape: [outputs, inputs], initializedBy: initializer),
            bias: scope.parameter("bias", shape: [outputs], initializedBy: .constant(0)))
    }

    public var attributes: [String] { ["\(weight.shape[0])"] + epilogue.attributes }

    public func outputType(of input: TensorType) throws(OperatorError) -> TensorType {
        guard input.shape.count == input.shape.dimensions[0] * input.shape.channels, input.elementType == .float32
        else {
            throw OperatorError("a linear layer takes one row of numbers an image, not \(input)")
        }
        guard input.shape.channels == weight.shape[1] else {
            throw OperatorError("it takes \(weight.shape[1]) numbers, not the \(input.shape.channels) of \(input)")
        }
        var type = input
        type.shape.channels = weight.shape[0]
        return type
    }

    public func convolutionShape(of input: TensorType) -> ConvolutionShape {
        ConvolutionShape(
            batch: input.shape.dimensions[0], inputHeight: 1, inputWidth: 1, inputChannels: input.shape.channels,
            outputChannels: weight.shape[0], kernel: 1)
    }
}
