import NeedletailKernels

/// A transposed convolution: the adjoint of a convolution, whose gradient of the data is computed forward and which is
/// itself computed backward. It enlarges a map by its stride.
///
/// Where ``Convolution`` multiplies by a matrix that is sparse, this multiplies by the same matrix transposed.
public struct TransposedConvolution: Operator {
    public static let name = "transposed-convolution"

    /// `[inputChannels, outputChannels / groups, kernelHeight, kernelWidth]`, as torch has it.
    public var weight: Parameter
    public var bias: Parameter?
    public var stride: Extent
    /// What is cut off on each side of the result.
    public var padding: EdgePadding
    /// Rows and columns that the result has below and to the right besides, since several sizes lead to the same under
    /// the convolution.
    public var outputPadding: Extent
    public var dilation: Extent
    public var groups: Int

    /// - Precondition: The output padding is smaller than the stride or the dilation, as torch demands.
    public init(
        weight: Parameter, bias: Parameter?, stride: Extent = 1, padding: EdgePadding = 0,
        outputPadding: Extent = Extent(0), dilation: Extent = 1, groups: Int = 1
    ) {
        precondition(
            outputPadding.height < max(stride.height, dilation.height)
                && outputPadding.width < max(stride.width, dilation.width),
            "an output padding of \(outputPadding) needs a greater stride than \(stride)")
        self.weight = weight
        self.bias = bias
        self.stride = stride
        self.padding = padding
        self.outputPadding = outputPadding
        self.dilation = dilation
        self.groups = groups
    }

    /// Makes a layer with parameters of its own, named `weight` and `bias` in the scope.
    public init(
        _ scope: ParameterScope, inputChannels: Int, outputChannels: Int, kernel: Extent, stride: Extent = 1,
        padding: EdgePadding = 0, outputPadding: Extent = Extent(0), dilation: Extent = 1, groups: Int = 1,
        hasBias: Bool, initializedBy initializer: Initializer
    ) {
        self.init(
            weight: scope.parameter(
                "weight", shape: [inputChannels, outputChannels / groups, kernel.height, kernel.width],
                initializedBy: initializer),
            bias: hasBias
                ? scope.parameter("bias", shape: [outputChannels], initializedBy: .constant(0)) : nil,
            stride: stride, padding: padding, outputPadding: outputPadding, dilation: dilation, groups: groups)
    }

    public var kernel: Extent { Extent(height: weight.shape[2], width: weight.shape[3]) }
    public var outputChannels: Int { weight.shape[1] * groups }
    public var parameters: [Parameter] { [weight] + (bias.map { [$0] } ?? []) }

    public var attributes: [String] {
        ["\(outputChannels)", "kernel=\(kernel.text)"] + stride.attribute("stride")
            + Padding.edges(padding).attributes
            + (outputPadding == Extent(0) ? [] : ["output-padding=\(outputPadding.text)"])
            + dilation.attribute("dilation") + (groups == 1 ? [] : ["groups=\(groups)"])
    }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard inputs[0].shape.isMap, inputs[0].elementType == .float32 else {
            throw OperatorError("a convolution takes maps [batch, height, width, channels], not \(inputs[0])")
        }
        guard inputs[0].shape.channels == weight.shape[0] else {
            throw OperatorError(
                "it takes \(weight.shape[0]) channels, not the \(inputs[0].shape.channels) of \(inputs[0])")
        }
        let shape = adjoint(of: inputs[0].shape)
        return [
            TensorType(
                TensorShape(
                    batch: shape.batch, height: shape.inputHeight, width: shape.inputWidth,
                    channels: shape.inputChannels))
        ]
    }

    /// The convolution that leads from a result back to a map of a shape.
    func adjoint(of input: TensorShape) -> ConvolutionShape {
        let span = kernel.dilated(by: dilation)
        // The last rows of the result, which no window reaches, are none of the padding.
        let edges = EdgePadding(
            top: padding.top, left: padding.left, bottom: padding.bottom - outputPadding.height,
            right: padding.right - outputPadding.width)
        return ConvolutionShape(
            batch: input.batch,
            inputHeight: (input.height - 1) * stride.height + span.height - edges.top - edges.bottom,
            inputWidth: (input.width - 1) * stride.width + span.width - edges.left - edges.right,
            inputChannels: outputChannels, outputChannels: weight.shape[0], kernel: kernel, stride: stride,
            padding: edges, dilation: dilation, groups: groups)
    }

    /// Where windows meet the result lies between as many pixels of the input as fit under the kernel.
    public func window(of inputs: [TensorType]) -> Window? {
        let span = kernel.dilated(by: dilation)
        return Window(
            size: Extent(
                height: (span.height + stride.height - 1) / stride.height,
                width: (span.width + stride.width - 1) / stride.width), stride: 1)
    }

    public func multiplyAdds(of inputs: [TensorType]) -> Int { adjoint(of: inputs[0].shape).multiplyAdds }

    public func kept(inputCount: Int, trained: Set<Parameter>) -> KeptTensors {
        KeptTensors(inputs: trained.contains(weight) ? [0] : [])
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        TransposedConvolutionStep(
            kernel: site.convolutions.kernel(for: [adjoint(of: site.inputs[0].type.shape)]),
            source: PackedWeights.Source(weight: weight, bias: nil, normalization: nil), bias: bias,
            buffers: UnaryBuffers(site))
    }
}
