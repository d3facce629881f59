import NeedletailGraph
import NeedletailKernels

/// LeNet-5: digits of 28x28 grey pixels. LeCun et al., "Gradient-Based Learning Applied to Document Recognition", 1998, with
/// all maps connected and a plain last layer, as it is taught.
///
/// It has maps with strides of 1, 2 and 4 pixels, none for a pyramid.
public enum LeNet: String, CaseIterable, StackedArchitecture {
    case lenet5

    public static var family: [LeNet] { allCases }
    public var name: String { rawValue }
    public var suitsPyramid: Bool { false }
    public var inputChannels: Int { 1 }
    public var inputSize: Int { 28 }
    public var usualClassCount: Int { 10 }

    func style(_ normalization: BatchNormalization.Kind, seed: UInt64) -> LayerStyle { LayerStyle(seed: seed) }

    func makeTrunk(_ scope: ParameterScope, style: LayerStyle) -> StackedBackbone {
        let layers = LayerList(
            known: """
                conv 6 kernel=5 padding=2; tanh; average-pool 2 stride=2
                conv 16 kernel=5; tanh; average-pool 2 stride=2
                """, channels: inputChannels, in: scope["features"], style: style)
        return StackedBackbone(layers.blocks)
    }

    func makeHead(
        _ scope: ParameterScope, channels: Int, classCount: Int, style: LayerStyle
    ) -> (parameters: [Parameter], logits: (Value) -> Value) {
        let classifier = LayerList(
            known: "linear 120; tanh; linear 84; tanh; linear \(classCount)", channels: channels, size: 5,
            in: scope["classifier"], style: style)
        return (classifier.parameters, { classifier($0) })
    }
}
