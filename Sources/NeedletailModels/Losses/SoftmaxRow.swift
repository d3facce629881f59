import NeedletailPlatform

/// The softmax of a row of logits, in double precision.
struct SoftmaxRow {
    /// The logarithm of the sum of `exp` of the logits.
    let logSum: Double

    init(_ logits: some Sequence<Float>) {
        let greatest = logits.max() ?? 0
        let sum = logits.reduce(0.0) { $0 + exp(Double($1 - greatest)) }
        logSum = log(sum) + Double(greatest)
    }

    /// That of one of the logits.
    func probability(_ logit: Float) -> Double { exp(Double(logit) - logSum) }
}
