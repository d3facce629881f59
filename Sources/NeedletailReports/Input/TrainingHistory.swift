import NeedletailEvaluation

/// The epochs of the training run that made a model.
public struct TrainingHistory: Hashable, Sendable {
    /// A number with its name.
    public struct Value: Hashable, Sendable {
        public var name: String
        public var value: Double

        public init(_ name: String, _ value: Double) {
            self.name = name
            self.value = value
        }
    }

    public struct Epoch: Hashable, Sendable {
        /// Counted from 1.
        public var number: Int
        /// The terms of the loss, in their order.
        public var losses: [Value]
        /// Their sum on the validation images.
        public var validationLoss: Double?
        public var learningRate: Double
        /// What validation has measured, the decisive number first.
        public var metrics: [Value]
        /// In an image in which there is nothing to be found, where such were looked at.
        public var falseAlarms: Double?

        public init(
            number: Int, losses: [Value], validationLoss: Double? = nil, learningRate: Double, metrics: [Value] = [],
            falseAlarms: Double? = nil
        ) {
            self.number = number
            self.losses = losses
            self.validationLoss = validationLoss
            self.learningRate = learningRate
            self.metrics = metrics
            self.falseAlarms = falseAlarms
        }

        /// The sum of all terms.
        public var loss: Double { losses.reduce(0) { $0 + $1.value } }
    }

    /// In order.
    public var epochs: [Epoch]

    public init(epochs: [Epoch]) { self.epochs = epochs }

    /// The epoch whose first metric is highest, the first of several.
    var best: Epoch? {
        epochs.filter { !$0.metrics.isEmpty }
            .max { ($0.metrics[0].value, -$0.number) < ($1.metrics[0].value, -$1.number) }
    }

    /// Where the loss of validation turned while that of training fell on, by the last epoch.
    var lossTurn: LossTurn? { LossTurn(training: epochs.map(\.loss), validation: epochs.map(\.validationLoss)) }
}
