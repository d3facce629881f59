import NeedletailPlatform

/// Binary cross-entropy that counts easy examples less.
///
/// For a target of 1 `-α (1 - p)^γ log p`, for 0 `-(1 - α) p^γ log(1 - p)`, with `p` the sigmoid of the logit.
/// Lin et al., "Focal Loss for Dense Object Detection", 2017, section 3.
public struct FocalLoss: Codable, Hashable, Sendable {
    public var alpha: Float
    public var gamma: Float

    public init(alpha: Float = 0.25, gamma: Float = 2) {
        self.alpha = alpha
        self.gamma = gamma
    }

    /// The loss of one logit and its derivative.
    ///
    /// The derivative is `α (1 - p)^γ (γ p log p - (1 - p))` for a target of 1; the other case mirrors it.
    @inline(__always)
    public func valueAndDerivative(logit: Float, isTarget: Bool) -> (value: Float, derivative: Float) {
        // With s = logit for a target and -logit otherwise, both cases are the first formula with p = sigmoid(s).
        let signed = isTarget ? logit : -logit
        let weight = isTarget ? alpha : 1 - alpha
        // log(sigmoid(s)) without overflow on either side.
        let decay = exp(-abs(signed))
        let logProbability = min(signed, 0) - log1p(decay)
        let probability = signed >= 0 ? 1 / (1 + decay) : decay / (1 + decay)
        let complement = signed >= 0 ? decay / (1 + decay) : 1 / (1 + decay)
        let modulation = gamma == 2 ? complement * complement : pow(complement, gamma)
        let value = -weight * modulation * logProbability
        let derivative = weight * modulation * (gamma * probability * logProbability - complement)
        return (value, isTarget ? derivative : -derivative)
    }
}
