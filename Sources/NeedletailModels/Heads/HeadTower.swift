import NeedletailGraph

/// The 3x3 convolutions with ReLU of a branch of a head, before the one that predicts; the same for all pyramid levels.
struct HeadTower {
    /// What stands in a layer, and where it is named.
    enum Layout {
        /// `conv.i.0`, with a bias: RetinaNet v1.
        case plain
        /// `conv.i.0` without a bias, and group normalisation, `conv.i.1`: RetinaNet v2.
        case normalized
        /// `conv.3i` with a bias, and group normalisation, `conv.3i+1`: FCOS.
        case flat
    }

    private let layers: [(convolution: Convolution, normalization: GroupNormalization?)]

    init(_ scope: ParameterScope, channels: Int, depth: Int, layout: Layout, seed: UInt64) {
        // The paper's deviation suits its 256 channels; in a narrower branch signal and gradient would vanish.
        let initializer =
            channels < 256 ? Initializer.kaimingNormalFanOut(seed: seed) : .normal(deviation: 0.01, seed: seed)
        layers = (0..<depth).map { index in
            let scope = scope["conv"]
            let own = layout == .flat ? scope[3 * index] : scope[index][0]
            let convolution = Convolution(
                own, inputChannels: channels, outputChannels: channels, kernel: 3, hasBias: layout != .normalized,
                initializedBy: initializer)
            guard layout != .plain else { return (convolution, nil) }
            let behind = layout == .flat ? scope[3 * index + 1] : scope[index][1]
            return (convolution, GroupNormalization(behind, channels: channels))
        }
    }

    var parameters: [Parameter] { layers.flatMap { $0.convolution.parameters + ($0.normalization?.parameters ?? []) } }

    func callAsFunction(_ features: Value) -> Value {
        layers.reduce(features) { value, layer in
            let result = layer.convolution(value)
            return (layer.normalization.map { $0(result) } ?? result).relu()
        }
    }

    /// A convolution that predicts of what the tower makes.
    static func predictor(
        _ scope: ParameterScope, channels: Int, outputs: Int, bias: Float, seed: UInt64
    ) -> Convolution {
        Convolution(
            scope, inputChannels: channels, outputChannels: outputs, kernel: 3, hasBias: true,
            initializedBy: .normal(deviation: 0.01, seed: seed), bias: bias)
    }

    /// The bias with which a class starts at a probability of 0.01: the prior of Lin et al., "Focal Loss for Dense Object
    /// Detection", 2017, section 4.1.
    static let priorBias: Float = -4.595_119_850_134_59
}
