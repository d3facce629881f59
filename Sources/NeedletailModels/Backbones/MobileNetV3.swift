import NeedletailGraph
import NeedletailKernels

/// MobileNetV3, small and large. Howard et al., "Searching for MobileNetV3", 2019, with torchvision's names, epsilon and
/// momentum.
public enum MobileNetV3: String, CaseIterable, StackedArchitecture {
    case small = "mobilenet-v3-small"
    case large = "mobilenet-v3-large"

    public static var family: [MobileNetV3] { allCases }
    public var name: String { rawValue }

    private struct Setting {
        var kernel: Int
        var expanded: Int
        var outputs: Int
        var isExcited: Bool
        var activation: Activation
        var stride: Int

        init(
            _ kernel: Int, _ expanded: Int, _ outputs: Int, excited isExcited: Bool = false,
            _ activation: Activation, stride: Int = 1
        ) {
            self.kernel = kernel
            self.expanded = expanded
            self.outputs = outputs
            self.isExcited = isExcited
            self.activation = activation
            self.stride = stride
        }
    }

    private func settings(hasReducedTail: Bool) -> [Setting] {
        // Of the last three blocks.
        let divisor = hasReducedTail ? 2 : 1
        return switch self {
        case .small:
            [
                Setting(3, 16, 16, excited: true, .relu, stride: 2),
                Setting(3, 72, 24, .relu, stride: 2), Setting(3, 88, 24, .relu),
                Setting(5, 96, 40, excited: true, .hardSwish, stride: 2),
                Setting(5, 240, 40, excited: true, .hardSwish), Setting(5, 240, 40, excited: true, .hardSwish),
                Setting(5, 120, 48, excited: true, .hardSwish), Setting(5, 144, 48, excited: true, .hardSwish),
                Setting(5, 288, 96 / divisor, excited: true, .hardSwish, stride: 2),
                Setting(5, 576 / divisor, 96 / divisor, excited: true, .hardSwish),
                Setting(5, 576 / divisor, 96 / divisor, excited: true, .hardSwish),
            ]
        case .large:
            [
                Setting(3, 16, 16, .relu), Setting(3, 64, 24, .relu, stride: 2), Setting(3, 72, 24, .relu),
                Setting(5, 72, 40, excited: true, .relu, stride: 2), Setting(5, 120, 40, excited: true, .relu),
                Setting(5, 120, 40, excited: true, .relu), Setting(3, 240, 80, .hardSwish, stride: 2),
                Setting(3, 200, 80, .hardSwish), Setting(3, 184, 80, .hardSwish), Setting(3, 184, 80, .hardSwish),
                Setting(3, 480, 112, excited: true, .hardSwish), Setting(3, 672, 112, excited: true, .hardSwish),
                Setting(5, 672, 160 / divisor, excited: true, .hardSwish, stride: 2),
                Setting(5, 960 / divisor, 160 / divisor, excited: true, .hardSwish),
                Setting(5, 960 / divisor, 160 / divisor, excited: true, .hardSwish),
            ]
        }
    }

    var hasOwnEpsilon: Bool { true }

    func style(_ normalization: BatchNormalization.Kind, seed: UInt64) -> LayerStyle {
        LayerStyle(
            normalization: normalization, epsilon: 1e-3, momentum: 0.01, seed: seed, convolution: .kaimingFanOut,
            linear: .normal(deviation: 0.01))
    }

    func makeTrunk(_ scope: ParameterScope, style: LayerStyle) -> StackedBackbone {
        let features = scope["features"]
        let layers = makeLayers(style: style) {
            features[$0]
        } part: {
            features[$0]["block"][$1]
        }
        return StackedBackbone([layers.stem.block] + layers.blocks.map(\.block) + [layers.last.block])
    }

    /// The layers from the image upward.
    ///
    /// - Parameters:
    ///   - hasReducedTail: Whether the last blocks have half the channels, as for detectors (section 6.3 of the paper).
    ///   - layer: Where the first and the last convolution are named, by their number among all layers.
    ///   - part: Where a part of a block is named, by the numbers of the block among all layers and of the part.
    func makeLayers(
        hasReducedTail: Bool = false, style: LayerStyle, layer: (Int) -> ParameterScope,
        part: (Int, Int) -> ParameterScope
    ) -> (stem: ConvolutionUnit, blocks: [InvertedResidual], last: ConvolutionUnit) {
        func unit(_ scope: ParameterScope) -> InvertedResidual.Names.Unit { (scope[0], scope[1]) }
        var channels = 16
        let stem = style.unit(
            unit(layer(0)), inputs: 3, outputs: channels, kernel: 3, stride: 2, activation: .hardSwish)
        var blocks: [InvertedResidual] = []
        for setting in settings(hasReducedTail: hasReducedTail) {
            let number = blocks.count + 1
            // Layers that a block does not have leave no gap.
            let place = setting.expanded == channels ? 0 : 1, last = place + (setting.isExcited ? 2 : 1)
            blocks.append(
                InvertedResidual(
                    InvertedResidual.Shape(
                        inputs: channels, expanded: setting.expanded, outputs: setting.outputs,
                        kernel: setting.kernel, stride: setting.stride, activation: setting.activation,
                        squeezed: setting.isExcited ? roundedToEight(setting.expanded / 4) : nil),
                    names: InvertedResidual.Names(
                        expansion: unit(part(number, 0)), depthwise: unit(part(number, place)),
                        excitation: part(number, place + 1), projection: unit(part(number, last))), style: style))
            channels = setting.outputs
        }
        let last = style.unit(
            unit(layer(blocks.count + 1)), inputs: channels, outputs: 6 * channels, kernel: 1, activation: .hardSwish)
        return (stem, blocks, last)
    }

    /// Channels of the last map.
    var lastChannels: Int { 6 * (settings(hasReducedTail: false).last?.outputs ?? 0) }

    /// The number among all layers of the last block that halves the map.
    var lastHalvingBlock: Int { (settings(hasReducedTail: false).lastIndex { $0.stride > 1 } ?? 0) + 1 }

    func makeHead(
        _ scope: ParameterScope, channels: Int, classCount: Int, style: LayerStyle
    ) -> (parameters: [Parameter], logits: (Value) -> Value) {
        let hidden = self == .small ? 1024 : 1280, scope = scope["classifier"]
        let first = Linear(
            scope[0], inputs: channels, outputs: hidden, initializedBy: style.linearInitializer)
        let last = Linear(scope[3], inputs: hidden, outputs: classCount, initializedBy: style.linearInitializer)
        return (
            first.parameters + last.parameters,
            { last(Dropout(0.2)(first($0.globalAveragePooled()).applying(.hardSwish))) }
        )
    }
}
