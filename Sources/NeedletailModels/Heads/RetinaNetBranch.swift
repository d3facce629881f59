import NeedletailGraph

/// One branch of RetinaNet's head: 3x3 convolutions, four in the paper, then one that predicts for each anchor of a cell.
///
/// Lin et al., "Focal Loss for Dense Object Detection", 2017. The same branch is applied to all pyramid levels.
struct RetinaNetBranch {
    private let tower: HeadTower
    private let predictor: Convolution

    /// - Parameter predictorName: `cls_logits` or `bbox_reg`.
    init(
        _ scope: ParameterScope, predictorName: String, channels: Int, depth: Int, outputChannels: Int,
        usesGroupNormalization: Bool, predictorBias: Float, seed: UInt64
    ) {
        tower = HeadTower(
            scope, channels: channels, depth: depth, layout: usesGroupNormalization ? .normalized : .plain, seed: seed)
        predictor = HeadTower.predictor(
            scope[predictorName], channels: channels, outputs: outputChannels, bias: predictorBias, seed: seed)
    }

    var parameters: [Parameter] { tower.parameters + predictor.parameters }

    func callAsFunction(_ features: Value) -> Value { predictor(tower(features)) }
}
