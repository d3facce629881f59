import NeedletailGraph
import NeedletailModels
import NeedletailPlatform

extension InputTransform {
    /// The transform of a batch: where a run varies the size of its inputs, one of the sizes around its own that are whole
    /// steps of `divisor` away, each as likely as any other.
    func varied(_ configuration: TrainingConfiguration, epoch: Int, batch: Int) -> InputTransform {
        let steps = Int(saturating: Float(minimumSize) * configuration.sizeVariation / Float(divisor))
        guard steps > 0 else { return self }
        var stream = RandomStream(seed: configuration.seed, name: "size \(epoch) \(batch)")
        let side = minimumSize + (Int(stream.next() % UInt64(2 * steps + 1)) - steps) * divisor
        var transform = self
        transform.minimumSize = side
        transform.maximumSize = Int(saturating: (Double(maximumSize) * Double(side) / Double(minimumSize)).rounded())
        return transform
    }
}
