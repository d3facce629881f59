import NeedletailGraph
import NeedletailKernels

/// A convolution with batch normalisation and, often, an activation function.
struct ConvolutionUnit {
    let convolution: Convolution
    let normalization: BatchNormalization
    let activation: Activation?

    var parameters: [Parameter] { convolution.parameters + normalization.parameters }

    func callAsFunction(_ input: Value) -> Value {
        let value = normalization(convolution(input))
        return activation.map { value.applying($0) } ?? value
    }

    /// As a block of a backbone.
    var block: StackedBackbone.Block {
        StackedBackbone.Block(
            stride: convolution.stride.height, channels: convolution.weight.shape[0], parameters: parameters,
            apply: { self($0) })
    }
}

extension LayerStyle {
    /// A convolution without a bias and what is behind it.
    ///
    /// - Parameters:
    ///   - names: The scopes of the convolution and of its normalisation.
    ///   - padding: Half of the kernel unless given.
    func unit(
        _ names: (convolution: ParameterScope, normalization: ParameterScope), inputs: Int, outputs: Int, kernel: Int,
        stride: Int = 1, groups: Int = 1, padding: Padding? = nil, activation: Activation?
    ) -> ConvolutionUnit {
        ConvolutionUnit(
            convolution: Convolution(
                names.convolution, inputChannels: inputs, outputChannels: outputs, kernel: Extent(kernel),
                stride: Extent(stride), padding: padding, groups: groups, hasBias: false,
                initializedBy: convolutionInitializer),
            normalization: batchNormalization(names.normalization, channels: outputs), activation: activation)
    }
}
