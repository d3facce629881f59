/// The terms of a batch's loss.
public struct LossValues: Hashable, Sendable {
    /// In the order of ``Model/lossTerms``.
    public var terms: [Float]

    public init(_ terms: [Float]) { self.terms = terms }

    public var total: Float { terms.reduce(0, +) }
}
