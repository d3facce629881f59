import NeedletailGraph
import NeedletailKernels

/// MobileNetV1 of any width: filters of one channel each, and 1x1 convolutions that mix them. Howard et al., "MobileNets:
/// Efficient Convolutional Neural Networks for Mobile Vision Applications", 2017.
///
/// Names and functions are those of the weights that face detectors start from, `mobilenetV1X0.25`: three stages, and leaky
/// ReLU with a slope of 0.1 where the paper has ReLU. The statistics in that file are those of such functions.
public struct MobileNetV1: StackedArchitecture {
    /// Of the channels of the paper.
    public let width: Double

    /// - Precondition: The width is more than 0 and at most 4.
    public init(width: Double) {
        precondition(width > 0 && width <= 4, "a network of \(width) times the width is none")
        self.width = width
    }

    public static let family: [MobileNetV1] = [0.25, 0.5, 0.75, 1].map { MobileNetV1(width: $0) }

    private static let prefix = "mobilenet-v1"

    public var name: String { width == 1 ? Self.prefix : "\(Self.prefix)-\(width)" }

    /// `mobilenet-v1`, or `mobilenet-v1-0.35` for another width.
    public static func named(_ name: String) -> MobileNetV1? {
        if name == prefix { return MobileNetV1(width: 1) }
        guard name.hasPrefix(prefix + "-"), let width = Double(name.dropFirst(prefix.count + 1)), width > 0, width <= 4
        else { return nil }
        return MobileNetV1(width: width)
    }

    /// The one whose first layer has so many channels, as far as that tells.
    public init?(stemChannels: Int) {
        guard (1...128).contains(stemChannels) else { return nil }
        self.init(width: Double(stemChannels) / 32)
    }

    public var mostHeadChannels: Int { width < 0.5 ? 64 : .max }

    /// Output channels and strides of the blocks of each stage, the first of which is no block but a convolution.
    private static let stages: [[(channels: Int, stride: Int)]] = [
        [(32, 2), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1)],
        [(512, 2)] + [(channels: Int, stride: Int)](repeating: (512, 1), count: 5),
        [(1024, 2), (1024, 1)],
    ]

    func style(_ normalization: BatchNormalization.Kind, seed: UInt64) -> LayerStyle {
        LayerStyle(normalization: normalization, seed: seed, convolution: .kaimingFanOut)
    }

    func makeTrunk(_ scope: ParameterScope, style: LayerStyle) -> StackedBackbone {
        let activation = Activation.leakyReLU(slope: 0.1)
        var channels = 3, blocks: [StackedBackbone.Block] = []
        for (stage, layers) in Self.stages.enumerated() {
            for (index, layer) in layers.enumerated() {
                let scope = scope["stage\(stage + 1)"][index], outputs = max(8, Int(Double(layer.channels) * width))
                if blocks.isEmpty {
                    blocks.append(
                        style.unit(
                            (scope[0], scope[1]), inputs: channels, outputs: outputs, kernel: 3, stride: layer.stride,
                            activation: activation
                        ).block)
                } else {
                    let units = [
                        style.unit(
                            (scope[0], scope[1]), inputs: channels, outputs: channels, kernel: 3,
                            stride: layer.stride, groups: channels, activation: activation),
                        style.unit(
                            (scope[3], scope[4]), inputs: channels, outputs: outputs, kernel: 1,
                            activation: activation),
                    ]
                    blocks.append(
                        StackedBackbone.Block(
                            stride: layer.stride, channels: outputs, parameters: units.flatMap(\.parameters),
                            apply: { units[1](units[0]($0)) }))
                }
                channels = outputs
            }
        }
        return StackedBackbone(blocks)
    }

    func makeHead(
        _ scope: ParameterScope, channels: Int, classCount: Int, style: LayerStyle
    ) -> (parameters: [Parameter], logits: (Value) -> Value) {
        let last = Linear(
            scope["fc"], inputs: channels, outputs: classCount, initializedBy: style.linearInitializer)
        return (last.parameters, { last($0.globalAveragePooled()) })
    }
}
