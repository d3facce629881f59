import NeedletailGraph
import NeedletailKernels

/// A multilayer perceptron for digits of 28x28 grey pixels: 784 inputs, 256 hidden units, ReLU. It has no maps.
public enum MultilayerPerceptron: String, CaseIterable, StackedArchitecture {
    case perceptron

    public static var family: [MultilayerPerceptron] { allCases }
    public var name: String { rawValue }
    public var suitsPyramid: Bool { false }
    public var inputChannels: Int { 1 }
    public var inputSize: Int { 28 }
    public var usualClassCount: Int { 10 }

    func style(_ normalization: BatchNormalization.Kind, seed: UInt64) -> LayerStyle { LayerStyle(seed: seed) }

    func makeTrunk(_ scope: ParameterScope, style: LayerStyle) -> StackedBackbone { StackedBackbone([]) }

    func makeHead(
        _ scope: ParameterScope, channels: Int, classCount: Int, style: LayerStyle
    ) -> (parameters: [Parameter], logits: (Value) -> Value) {
        let layers = LayerList(
            known: "linear 256; relu; linear \(classCount)", channels: inputChannels, size: Extent(inputSize),
            in: scope["classifier"], style: style)
        return (layers.parameters, { layers($0) })
    }
}
