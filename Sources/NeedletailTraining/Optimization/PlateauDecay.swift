/// Lowers the learning rate when a metric has stopped to rise, as torch's `ReduceLROnPlateau` in its mode `max`.
public struct PlateauDecay: Codable, Hashable, Sendable {
    public struct Rule: Codable, Hashable, Sendable {
        /// What the rate is multiplied by.
        public var factor: Double
        /// Epochs without progress that are let pass; the one after them lowers the rate.
        public var patience: Int
        /// The share of the best metric by which an epoch must surpass it to count as progress.
        public var threshold: Double
        /// Epochs after each lowering that are not counted.
        public var coolDown: Int
        /// The least that the rate may become, as a share of what it would be.
        public var minimum: Double

        public init(
            factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4, coolDown: Int = 0, minimum: Double = 0
        ) {
            self.factor = factor
            self.patience = patience
            self.threshold = threshold
            self.coolDown = coolDown
            self.minimum = minimum
        }
    }

    public let rule: Rule
    /// What the learning rate is to be multiplied by.
    public private(set) var factor = 1.0
    /// Nil before the first epoch.
    private var best: Double?
    private var idleEpochs = 0
    private var coolingEpochs = 0

    /// Whether this can have come from epochs of a run, rather than from a file that was changed.
    var isPossible: Bool {
        factor.isFinite && factor >= 0 && best?.isNaN != true && (0...max(rule.patience, 0)).contains(idleEpochs)
            && (0...max(rule.coolDown, 0)).contains(coolingEpochs)
    }

    public init(_ rule: Rule) {
        self.rule = rule
    }

    /// Takes note of an epoch's metric, the greater the better, and lowers ``factor`` if it is time. A metric that is
    /// not a number is no progress.
    public mutating func update(metric: Double) {
        if metric > (best.map { $0 * (1 + rule.threshold) } ?? -.infinity) {
            best = metric
            idleEpochs = 0
        } else {
            idleEpochs += 1
        }
        if coolingEpochs > 0 {
            coolingEpochs -= 1
            idleEpochs = 0
        }
        if idleEpochs > rule.patience {
            factor = max(factor * rule.factor, rule.minimum)
            coolingEpochs = rule.coolDown
            idleEpochs = 0
        }
    }
}
