import NeedletailGraph
import NeedletailKernels

/// A block that widens a map, filters each channel alone, and narrows it again: `MBConv`. Sandler et al., "MobileNetV2:
/// Inverted Residuals and Linear Bottlenecks", 2018.
struct InvertedResidual {
    /// What decides its shape.
    struct Shape {
        var inputs: Int
        /// Channels between.
        var expanded: Int
        var outputs: Int
        var kernel: Int
        var stride: Int
        var activation: Activation
        /// Channels of squeeze-and-excitation; nil without.
        var squeezed: Int?
        var padding: Padding?
    }

    /// Where its layers are named.
    struct Names {
        typealias Unit = (convolution: ParameterScope, normalization: ParameterScope)
        var expansion: Unit
        var depthwise: Unit
        var excitation: ParameterScope
        var projection: Unit
    }

    private let expansion: ConvolutionUnit?
    private let depthwise: ConvolutionUnit
    private let excitation: SqueezeExcitation?
    private let projection: ConvolutionUnit
    private let shape: Shape

    init(_ shape: Shape, names: Names, style: LayerStyle) {
        self.shape = shape
        expansion =
            shape.expanded == shape.inputs
            ? nil
            : style.unit(
                names.expansion, inputs: shape.inputs, outputs: shape.expanded, kernel: 1,
                activation: shape.activation)
        depthwise = style.unit(
            names.depthwise, inputs: shape.expanded, outputs: shape.expanded, kernel: shape.kernel,
            stride: shape.stride, groups: shape.expanded, padding: shape.padding, activation: shape.activation)
        excitation = shape.squeezed.map {
            SqueezeExcitation(names.excitation, channels: shape.expanded, squeezed: $0, style: style)
        }
        projection = style.unit(
            names.projection, inputs: shape.expanded, outputs: shape.outputs, kernel: 1, activation: nil)
    }

    private var parameters: [Parameter] {
        (expansion?.parameters ?? []) + depthwise.parameters + (excitation?.parameters ?? []) + projection.parameters
    }

    private func apply(_ input: Value) -> Value { narrowed(expansion?(input) ?? input, input: input) }

    /// - Parameter input: Of the block.
    private func narrowed(_ widened: Value, input: Value?) -> Value {
        var value = depthwise(widened)
        if let excitation { value = excitation(value) }
        value = projection(value)
        guard hasShortcut, let input else { return value }
        return input + value
    }

    private var hasShortcut: Bool { shape.stride == 1 && shape.inputs == shape.outputs }

    var block: StackedBackbone.Block {
        StackedBackbone.Block(
            stride: shape.stride, channels: shape.outputs, parameters: parameters, apply: { apply($0) })
    }

    /// Two blocks: what widens the map, and the rest.
    ///
    /// - Precondition: The input is not added to the result.
    var halves: [StackedBackbone.Block] {
        precondition(!hasShortcut, "a block whose input is added cannot be taken apart")
        guard let expansion else { return [block] }
        let rest = depthwise.parameters + (excitation?.parameters ?? []) + projection.parameters
        return [
            expansion.block,
            StackedBackbone.Block(
                stride: shape.stride, channels: shape.outputs, parameters: rest, apply: { narrowed($0, input: nil) }),
        ]
    }
}

/// Weighs the channels of a map by what they are on average. Hu et al., "Squeeze-and-Excitation Networks", 2018, with the
/// hard sigmoid of MobileNetV3.
struct SqueezeExcitation {
    private let squeeze: Convolution
    private let excite: Convolution

    init(_ scope: ParameterScope, channels: Int, squeezed: Int, style: LayerStyle) {
        func layer(_ name: String, _ inputs: Int, _ outputs: Int) -> Convolution {
            Convolution(
                scope[name], inputChannels: inputs, outputChannels: outputs, kernel: 1, hasBias: true,
                initializedBy: style.convolutionInitializer)
        }
        squeeze = layer("fc1", channels, squeezed)
        excite = layer("fc2", squeezed, channels)
    }

    var parameters: [Parameter] { squeeze.parameters + excite.parameters }

    func callAsFunction(_ map: Value) -> Value {
        map * excite(squeeze(map.globalAveragePooled()).relu()).applying(.hardSigmoid)
    }
}

/// The nearest multiple of 8, but not less than nine tenths of a number: how the MobileNets round channels.
func roundedToEight(_ number: Int) -> Int {
    let rounded = max(8, (number + 4) / 8 * 8)
    return 10 * rounded < 9 * number ? rounded + 8 : rounded
}
