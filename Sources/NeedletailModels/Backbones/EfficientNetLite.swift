import NeedletailGraph
import NeedletailKernels

/// EfficientNet-Lite0: EfficientNet-B0 without squeeze-and-excitation, with ReLU6. Tan & Le, "EfficientNet: Rethinking Model
/// Scaling for Convolutional Neural Networks", 2019.
///
/// Names, epsilon and momentum are those of the weights of the Python package `efficientnet_lite_pytorch`; padding is
/// TensorFlow's. Stochastic depth, which that package has in training, is left out.
public enum EfficientNetLite: String, CaseIterable, StackedArchitecture {
    case lite0 = "efficientnet-lite0"

    public static var family: [EfficientNetLite] { allCases }
    public var name: String { rawValue }

    /// Kernel, how many blocks there are, the stride of the first, how much wider they are within, and their channels.
    private static let settings: [(kernel: Int, count: Int, stride: Int, expansion: Int, channels: Int)] = [
        (3, 1, 1, 1, 16), (3, 2, 2, 6, 24), (5, 2, 2, 6, 40), (3, 3, 2, 6, 80), (5, 3, 1, 6, 112), (5, 4, 2, 6, 192),
        (3, 1, 1, 6, 320),
    ]

    var hasOwnEpsilon: Bool { true }

    func style(_ normalization: BatchNormalization.Kind, seed: UInt64) -> LayerStyle {
        LayerStyle(
            normalization: normalization, epsilon: 1e-3, momentum: 0.01, seed: seed, convolution: .kaimingFanOut)
    }

    func makeTrunk(_ scope: ParameterScope, style: LayerStyle) -> StackedBackbone {
        var channels = 32
        var blocks = [
            style.unit(
                (scope["_conv_stem"], scope["_bn0"]), inputs: 3, outputs: channels, kernel: 3, stride: 2,
                padding: .same(), activation: .relu6
            ).block
        ]
        for setting in Self.settings {
            for index in 0..<setting.count {
                let scope = scope["_blocks"][blocks.count - 1]
                blocks.append(
                    InvertedResidual(
                        InvertedResidual.Shape(
                            inputs: channels, expanded: channels * setting.expansion, outputs: setting.channels,
                            kernel: setting.kernel, stride: index == 0 ? setting.stride : 1, activation: .relu6,
                            padding: .same()),
                        names: InvertedResidual.Names(
                            expansion: (scope["_expand_conv"], scope["_bn0"]),
                            depthwise: (scope["_depthwise_conv"], scope["_bn1"]), excitation: scope,
                            projection: (scope["_project_conv"], scope["_bn2"])), style: style
                    ).block)
                channels = setting.channels
            }
        }
        blocks.append(
            style.unit(
                (scope["_conv_head"], scope["_bn1"]), inputs: channels, outputs: 1280, kernel: 1, activation: .relu6
            ).block)
        return StackedBackbone(blocks)
    }

    func makeHead(
        _ scope: ParameterScope, channels: Int, classCount: Int, style: LayerStyle
    ) -> (parameters: [Parameter], logits: (Value) -> Value) {
        let last = Linear(
            scope["_fc"], inputs: channels, outputs: classCount, initializedBy: style.linearInitializer)
        return (last.parameters, { last(Dropout(0.2)($0.globalAveragePooled())) })
    }
}
