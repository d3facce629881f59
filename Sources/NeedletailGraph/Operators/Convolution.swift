import NeedletailKernels

/// A two-dimensional convolution, optionally dilated or grouped.
public struct Convolution: WeightedOperator {
    public static let name = "convolution"

    /// `[outputChannels, inputChannels / groups, kernelHeight, kernelWidth]`.
    public var weight: Parameter
    public var bias: Parameter?
    public var stride: Extent
    public var padding: Padding
    public var dilation: Extent
    public var groups: Int
    public var epilogue = Epilogue()
    /// Blocks of pixels that are read as the channels of one; see ``ReadBlocks``.
    public internal(set) var blocks: SpaceToDepth?

    public init(
        weight: Parameter, bias: Parameter?, stride: Extent = 1, padding: Padding = .valid, dilation: Extent = 1,
        groups: Int = 1
    ) {
        self.weight = weight
        self.bias = bias
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
    }

    /// Makes a layer with parameters of its own.
    ///
    /// - Parameters:
    ///   - scope: Where `weight` and `bias` are named.
    ///   - padding: Half of the kernel on every side, rounded down, unless given.
    public init(
        _ scope: ParameterScope, inputChannels: Int, outputChannels: Int, kernel: Extent, stride: Extent = 1,
        padding: Padding? = nil, dilation: Extent = 1, groups: Int = 1, hasBias: Bool,
        initializedBy initializer: Initializer, bias initialBias: Float = 0
    ) {
        self.init(
            weight: scope.parameter(
                "weight", shape: [outputChannels, inputChannels / groups, kernel.height, kernel.width],
                initializedBy: initializer),
            bias: hasBias
                ? scope.parameter("bias", shape: [outputChannels], initializedBy: .constant(initialBias)) : nil,
            stride: stride, padding: padding ?? .half(of: kernel), dilation: dilation, groups: groups)
    }

    public var kernel: Extent { Extent(height: weight.shape[2], width: weight.shape[3]) }

    public var attributes: [String] {
        ["\(weight.shape[0])", "kernel=\(kernel.text)"] + stride.attribute("stride") + padding.attributes
            + dilation.attribute("dilation") + (groups == 1 ? [] : ["groups=\(groups)"])
            + (blocks.map { ["blocks=\($0.block)", $0.order.rawValue] } ?? []) + epilogue.attributes
    }

    public func outputType(of input: TensorType) throws(OperatorError) -> TensorType {
        guard input.shape.isMap, input.elementType == .float32 else {
            throw OperatorError("a convolution takes maps [batch, height, width, channels], not \(input)")
        }
        let input = try blocks?.outputTypes(of: [input])[0] ?? input
        guard input.shape.channels == weight.shape[1] * groups else {
            throw OperatorError(
                "it takes \(weight.shape[1] * groups) channels, not the \(input.shape.channels) of \(input)")
        }
        let shape = shape(of: input)
        return TensorType(
            TensorShape(
                batch: shape.batch, height: shape.outputHeight, width: shape.outputWidth,
                channels: shape.outputChannels))
    }

    public func convolutionShape(of input: TensorType) -> ConvolutionShape {
        guard let blocks else { return shape(of: input) }
        var wide = input
        wide.shape.height /= blocks.block
        wide.shape.width /= blocks.block
        wide.shape.channels *= blocks.block * blocks.block
        return blocks.spread(shape(of: wide))
    }

    /// The convolution of a map whose channels are those of the weights.
    private func shape(of input: TensorType) -> ConvolutionShape {
        let map = input.shape
        return ConvolutionShape(
            batch: map.batch, inputHeight: map.height, inputWidth: map.width, inputChannels: map.channels,
            outputChannels: weight.shape[0], kernel: kernel, stride: stride,
            padding: padding.edges(
                map: Extent(height: map.height, width: map.width), window: kernel.dilated(by: dilation),
                stride: stride), dilation: dilation, groups: groups)
    }

    public func window(of inputs: [TensorType]) -> Window? {
        let block = blocks?.block ?? 1, window = kernel.dilated(by: dilation)
        return Window(
            size: Extent(height: window.height * block, width: window.width * block),
            stride: Extent(height: stride.height * block, width: stride.width * block))
    }
}
