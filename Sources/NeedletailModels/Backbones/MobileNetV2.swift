import NeedletailGraph
import NeedletailKernels

/// MobileNetV2. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018, with torchvision's names.
public enum MobileNetV2: String, CaseIterable, StackedArchitecture {
    case standard = "mobilenet-v2"

    public static var family: [MobileNetV2] { allCases }
    public var name: String { rawValue }

    /// How much wider a block is within, its channels, how many there are, and the stride of the first.
    private static let settings: [(expansion: Int, channels: Int, count: Int, stride: Int)] = [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ]

    func style(_ normalization: BatchNormalization.Kind, seed: UInt64) -> LayerStyle {
        LayerStyle(
            normalization: normalization, seed: seed, convolution: .kaimingFanOut, linear: .normal(deviation: 0.01))
    }

    func makeTrunk(_ scope: ParameterScope, style: LayerStyle) -> StackedBackbone {
        let features = scope["features"]
        var channels = 32
        var blocks = [
            style.unit(
                (features[0][0], features[0][1]), inputs: 3, outputs: channels, kernel: 3, stride: 2,
                activation: .relu6
            ).block
        ]
        for setting in Self.settings {
            for index in 0..<setting.count {
                let scope = features[blocks.count]["conv"]
                // Without a widening its layers stand one place earlier.
                let place = setting.expansion == 1 ? 0 : 1
                blocks.append(
                    InvertedResidual(
                        InvertedResidual.Shape(
                            inputs: channels, expanded: channels * setting.expansion, outputs: setting.channels,
                            kernel: 3, stride: index == 0 ? setting.stride : 1, activation: .relu6),
                        names: InvertedResidual.Names(
                            expansion: (scope[0][0], scope[0][1]), depthwise: (scope[place][0], scope[place][1]),
                            excitation: scope, projection: (scope[place + 1], scope[place + 2])), style: style
                    ).block)
                channels = setting.channels
            }
        }
        let last = features[blocks.count]
        blocks.append(
            style.unit((last[0], last[1]), inputs: channels, outputs: 1280, kernel: 1, activation: .relu6).block)
        return StackedBackbone(blocks)
    }

    func makeHead(
        _ scope: ParameterScope, channels: Int, classCount: Int, style: LayerStyle
    ) -> (parameters: [Parameter], logits: (Value) -> Value) {
        let last = Linear(
            scope["classifier"][1], inputs: channels, outputs: classCount, initializedBy: style.linearInitializer)
        return (last.parameters, { last(Dropout(0.2)($0.globalAveragePooled())) })
    }
}
