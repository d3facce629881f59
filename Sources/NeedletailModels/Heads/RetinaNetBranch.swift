import NeedletailGraph

/// One branch of RetinaNet's head: 3x3 convolutions, four in the paper, then one that predicts for each anchor of a cell.
///
/// Lin et al., "Focal Loss for Dense Object Detection", 2017. The same branch is applied to all pyramid levels.
struct RetinaNetBranch {
    private struct Layer {
        var convolution: Convolution
        /// Only in v2, whose convolutions have no bias.
        var normalization: GroupNormalization?
    }

    private let layers: [Layer]
    private let predictor: Convolution

    /// - Parameter predictorName: `cls_logits` or `bbox_reg`.
    init(
        _ scope: ParameterScope, predictorName: String, channels: Int, depth: Int, outputChannels: Int,
        usesGroupNormalization: Bool, predictorBias: Float, seed: UInt64
    ) {
        let initializer = Initializer.normal(deviation: 0.01, seed: seed)
        // The paper's deviation suits its 256 channels; in a narrower branch signal and gradient would vanish.
        let hidden = channels < 256 ? Initializer.kaimingNormalFanOut(seed: seed) : initializer
        layers = (0..<depth).map { index in
            let layerScope = scope["conv"][index]
            return Layer(
                convolution: Convolution(
                    layerScope[0], inputChannels: channels, outputChannels: channels, kernel: 3,
                    hasBias: !usesGroupNormalization, initializedBy: hidden),
                normalization: usesGroupNormalization
                    ? GroupNormalization(layerScope[1], channels: channels) : nil)
        }
        predictor = Convolution(
            scope[predictorName], inputChannels: channels, outputChannels: outputChannels, kernel: 3, hasBias: true,
            initializedBy: initializer, bias: predictorBias)
    }

    var parameters: [Parameter] {
        layers.flatMap { $0.convolution.parameters + ($0.normalization?.parameters ?? []) } + predictor.parameters
    }

    func callAsFunction(_ features: Value) -> Value {
        var value = features
        for layer in layers {
            value = layer.convolution(value)
            if let normalization = layer.normalization { value = normalization(value) }
            value = value.relu()
        }
        return predictor(value)
    }
}
