import NeedletailGraph
import NeedletailKernels

/// VGG with 11 to 19 layers, with and without batch normalisation. Simonyan & Zisserman, "Very Deep Convolutional Networks
/// for Large-Scale Image Recognition", 2014, with torchvision's names.
public enum VGG: String, CaseIterable, StackedArchitecture {
    case vgg11, vgg13, vgg16, vgg19
    case vgg11Normalized = "vgg11-bn"
    case vgg13Normalized = "vgg13-bn"
    case vgg16Normalized = "vgg16-bn"
    case vgg19Normalized = "vgg19-bn"

    public static var family: [VGG] { allCases }
    public var name: String { rawValue }

    /// How many convolutions stand before each pooling.
    private var counts: [Int] {
        switch self {
        case .vgg11, .vgg11Normalized: [1, 1, 2, 2, 2]
        case .vgg13, .vgg13Normalized: [2, 2, 2, 2, 2]
        case .vgg16, .vgg16Normalized: [2, 2, 3, 3, 3]
        case .vgg19, .vgg19Normalized: [2, 2, 4, 4, 4]
        }
    }

    private var isNormalized: Bool {
        switch self {
        case .vgg11, .vgg13, .vgg16, .vgg19: false
        case .vgg11Normalized, .vgg13Normalized, .vgg16Normalized, .vgg19Normalized: true
        }
    }

    /// The convolutions and poolings in words, layer by layer.
    var layers: [String] {
        zip(counts, [64, 128, 256, 512, 512]).flatMap { count, channels in
            let layer = ["conv \(channels) kernel=3 padding=1"] + (isNormalized ? ["batch-norm"] : []) + ["relu"]
            return (0..<count).flatMap { _ in layer } + ["max-pool 2 stride=2"]
        }
    }

    func style(_ normalization: BatchNormalization.Kind, seed: UInt64) -> LayerStyle {
        LayerStyle(
            normalization: normalization, seed: seed, convolution: .kaimingFanOut, linear: .normal(deviation: 0.01))
    }

    func makeTrunk(_ scope: ParameterScope, style: LayerStyle) -> StackedBackbone {
        StackedBackbone(
            LayerList(known: layers.joined(separator: "; "), channels: 3, in: scope["features"], style: style).blocks)
    }

    func makeHead(
        _ scope: ParameterScope, channels: Int, classCount: Int, style: LayerStyle
    ) -> (parameters: [Parameter], logits: (Value) -> Value) {
        let hidden = "linear 4096; relu; dropout 0.5"
        let classifier = LayerList(
            known: "\(hidden); \(hidden); linear \(classCount)", channels: channels, size: 7, in: scope["classifier"],
            style: style)
        return (classifier.parameters, { classifier(AdaptiveAveragePooling(7)($0)) })
    }
}
