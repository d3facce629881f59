import NeedletailGraph
import NeedletailKernels

/// AlexNet, as it was published and as torchvision has it.
///
/// Its maps are not those of a pyramid: kernels without padding leave 55, 27, 13 and 6 pixels of 224.
public enum AlexNet: String, CaseIterable, StackedArchitecture {
    /// Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014, with torchvision's names.
    case torchvision = "alexnet"
    /// Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks", 2012: 96 filters of 11x11 pixels,
    /// local response normalisation, and groups where it ran on two processors.
    case published = "alexnet-published"

    public static var family: [AlexNet] { allCases }
    public var name: String { rawValue }
    public var suitsPyramid: Bool { false }

    private var features: String {
        switch self {
        case .torchvision:
            """
            conv 64 kernel=11 stride=4 padding=2; relu; max-pool 3 stride=2
            conv 192 kernel=5 padding=2; relu; max-pool 3 stride=2
            conv 384 kernel=3 padding=1; relu
            conv 256 kernel=3 padding=1; relu
            conv 256 kernel=3 padding=1; relu; max-pool 3 stride=2
            """
        case .published:
            // The paper does not divide the sum of the squares by their number: its alpha is 1e-4.
            """
            conv 96 kernel=11 stride=4 padding=2; relu; lrn 5 alpha=5e-4 beta=0.75 k=2; max-pool 3 stride=2
            conv 256 kernel=5 padding=2 groups=2; relu; lrn 5 alpha=5e-4 beta=0.75 k=2; max-pool 3 stride=2
            conv 384 kernel=3 padding=1; relu
            conv 384 kernel=3 padding=1 groups=2; relu
            conv 256 kernel=3 padding=1 groups=2; relu; max-pool 3 stride=2
            """
        }
    }

    private var hidden: String {
        switch self {
        case .torchvision: "dropout 0.5; linear 4096; relu; dropout 0.5; linear 4096; relu"
        case .published: "linear 4096; relu; dropout 0.5; linear 4096; relu; dropout 0.5"
        }
    }

    func style(_ normalization: BatchNormalization.Kind, seed: UInt64) -> LayerStyle {
        switch self {
        case .torchvision: LayerStyle(seed: seed)
        case .published:
            LayerStyle(seed: seed, convolution: .normal(deviation: 0.01), linear: .normal(deviation: 0.01))
        }
    }

    func makeTrunk(_ scope: ParameterScope, style: LayerStyle) -> StackedBackbone {
        StackedBackbone(LayerList(known: features, channels: 3, in: scope["features"], style: style).blocks)
    }

    func makeHead(
        _ scope: ParameterScope, channels: Int, classCount: Int, style: LayerStyle
    ) -> (parameters: [Parameter], logits: (Value) -> Value) {
        let classifier = LayerList(
            known: "\(hidden); linear \(classCount)", channels: channels, size: 6, in: scope["classifier"],
            style: style)
        return (classifier.parameters, { classifier(AdaptiveAveragePooling(6)($0)) })
    }
}
