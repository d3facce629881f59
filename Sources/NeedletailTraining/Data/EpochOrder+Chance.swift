import NeedletailGraph

/// What is drawn for an image of an epoch.
extension EpochOrder.Entry {
    func isMirrored(_ configuration: TrainingConfiguration, epoch: Int) -> Bool {
        var stream = RandomStream(seed: seed(configuration), name: "flip \(epoch) \(row)")
        return stream.nextUnit() < configuration.flipProbability
    }

    /// An image that is repeated in an epoch looks different each time.
    func seed(_ configuration: TrainingConfiguration) -> UInt64 {
        guard repetition > 0 else { return configuration.seed }
        var stream = RandomStream(seed: configuration.seed, name: "repetition \(repetition)")
        return stream.next()
    }
}
