import NeedletailPlatform

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
        /// Up from `1 / startDivisor` of the full rate along half a cosine over the share `rise` of the run, then down
        /// along another to `1 / endDivisor` of the start: torch's `OneCycleLR`, without its momentum. Smith & Topin,
        /// "Super-Convergence", 2017.
        case oneCycle(rise: Double = 0.3, startDivisor: Double = 25, endDivisor: Double = 1e4)
        /// Lowered when validation stops to improve; see ``PlateauDecay``.
        case plateau(PlateauDecay.Rule)
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
    ///   - epoch: The step's, counted from 0.
    ///   - totalSteps: Steps of the whole run.
    ///   - plateauFactor: What ``PlateauDecay/factor`` has come to, where the decay is one.
    public func rate(step: Int, epoch: Int, totalSteps: Int, plateauFactor: Double = 1) -> Float {
        var rate = baseRate
        switch decay {
        case .constant:
            break
        case .steps(let epochs, let factor):
            for boundary in epochs where epoch >= boundary { rate *= factor }
        case .cosine(let floor):
            let progress = Double(step) / Double(max(totalSteps, 1))
            rate *= floor + (1 - floor) * Float((1 + cos(.pi * min(progress, 1))) / 2)
        case .oneCycle(let rise, let startDivisor, let endDivisor):
            rate *= Float(
                Self.oneCycleFactor(
                    step: step, totalSteps: totalSteps, rise: rise, start: 1 / startDivisor,
                    end: 1 / (startDivisor * endDivisor)))
        case .plateau:
            rate *= Float(plateauFactor)
        }
        if step < warmUpSteps {
            let share = Float(step) / Float(warmUpSteps)
            rate *= warmUpFactor * (1 - share) + share
        }
        return rate
    }

    private static func oneCycleFactor(step: Int, totalSteps: Int, rise: Double, start: Double, end: Double) -> Double {
        let top = rise * Double(totalSteps) - 1, last = Double(totalSteps - 1)
        /// Half a cosine from a value at one step to a value at another.
        func passage(from first: (step: Double, value: Double), to second: (step: Double, value: Double)) -> Double {
            // A run of a single step has no way between the two.
            let length = second.step - first.step
            let share = length > 0 ? min((Double(step) - first.step) / length, 1) : 1
            return second.value + (first.value - second.value) / 2 * (1 + cos(.pi * share))
        }
        return Double(step) <= top ? passage(from: (0, start), to: (top, 1)) : passage(from: (top, 1), to: (last, end))
    }
}
