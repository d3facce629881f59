import NeedletailPlatform

/// Which loss the classes have where a detector leaves a choice.
public enum ClassificationLoss: String, CaseIterable, Codable, Hashable, Sendable {
    /// ``FocalLoss``: an object's class is to have a probability of 1.
    case focal
    /// ``QualityFocalLoss``: it is to have a probability of the IoU of the predicted box with the object.
    case qualityFocal = "quality-focal"
}

/// Binary cross-entropy with a target between 0 and 1 that counts less what is close to its target.
///
/// `-|y - p|^β ((1 - y) log(1 - p) + y log p)` with `p` the sigmoid of the logit. Li et al., "Generalized Focal Loss", 2020,
/// section 3.
public struct QualityFocalLoss: Codable, Hashable, Sendable {
    public var beta: Float

    public init(beta: Float = 2) {
        self.beta = beta
    }

    /// The loss of one logit and its derivative; the target is taken for a constant.
    @inline(__always)
    public func valueAndDerivative(logit: Float, target: Float) -> (value: Float, derivative: Float) {
        let decay = exp(-abs(logit))
        let probability = logit >= 0 ? 1 / (1 + decay) : decay / (1 + decay)
        let entropy = max(logit, 0) - logit * target + log1p(decay)
        let difference = probability - target, distance = abs(difference)
        let slope = beta == 2 ? distance : pow(distance, beta - 1)
        let slopeOfProbability = difference < 0 ? -slope : slope
        return (
            slope * distance * entropy,
            slope * distance * difference
                + entropy * beta * slopeOfProbability * probability * (1 - probability)
        )
    }
}
