/// The epoch after which the loss of validation rises while that of training still falls: from there on a model learns its
/// training images by heart.
public struct LossTurn: Hashable, Sendable {
    /// The epoch of the lowest validation loss, from 1.
    public var epoch: Int
    public var lowest: Double
    /// The validation loss of the last epoch.
    public var latest: Double

    /// Epochs for which the validation loss has to stay above its lowest.
    private static let patience = 2
    /// How much of its lowest it has to rise by; less is chance.
    private static let rise = 0.02

    /// - Parameters:
    ///   - training: The loss of each epoch so far.
    ///   - validation: Likewise; nil where none was measured.
    /// - Returns: Nil when validation has not turned, or training has not got better since.
    public init?(training: [Double], validation: [Double?]) {
        let known = validation.enumerated().compactMap { index, loss in loss.map { (index: index, loss: $0) } }
        guard let last = known.last, last.index == training.count - 1,
            let best = known.min(by: { ($0.loss, $0.index) < ($1.loss, $1.index) }),
            last.index - best.index >= Self.patience, last.loss > best.loss * (1 + Self.rise),
            training[last.index] < training[best.index],
            // One epoch that is worse says nothing.
            known.suffix(Self.patience).allSatisfy({ $0.loss > best.loss * (1 + Self.rise / 2) })
        else { return nil }
        epoch = best.index + 1
        lowest = best.loss
        latest = last.loss
    }
}
