#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The learning rate of every step of a run.
public struct LearningRateSchedule: Codable, Hashable, Sendable {
    /// How the rate falls after the warm-up.
    public enum Decay: Codable, Hashable, Sendable {
        case constant
        /// Multiplied by `factor` at the start of each of the given epochs (counted from 0).
        case steps(epochs: [Int], factor: Float)
        /// Half a cosine from the full rate at step 0 to `floor` times it at the end of the run.
        /// Loshchilov & Hutter, "SGDR", 2016.
        case cosine(floor: Float)
    }

    public var baseRate: Float
    public var decay: Decay
    /// Steps over which the rate rises linearly from `warmUpFactor` of what it would be.
    public var warmUpSteps: Int
    public var warmUpFactor: Float

    public init(baseRate: Float, decay: Decay, warmUpSteps: Int = 0, warmUpFactor: Float = 0.001) {
        self.baseRate = baseRate
        self.decay = decay
        self.warmUpSteps = warmUpSteps
        self.warmUpFactor = warmUpFactor
    }

    /// The rate of a step.
    ///
    /// - Parameters:
    ///   - step: Counted from 0 over the whole run.
    ///   - stepsPerEpoch: Steps in each epoch.
    ///   - totalSteps: Steps of the whole run.
    public func rate(step: Int, stepsPerEpoch: Int, totalSteps: Int) -> Float {
        var rate = baseRate
        switch decay {
        case .constant:
            break
        case .steps(let epochs, let factor):
            let epoch = step / max(stepsPerEpoch, 1)
            for boundary in epochs where epoch >= boundary { rate *= factor }
        case .cosine(let floor):
            let progress = Double(step) / Double(max(totalSteps, 1))
            rate *= floor + (1 - floor) * Float((1 + cos(.pi * min(progress, 1))) / 2)
        }
        if step < warmUpSteps {
            let share = Float(step) / Float(warmUpSteps)
            rate *= warmUpFactor * (1 - share) + share
        }
        return rate
    }
}
