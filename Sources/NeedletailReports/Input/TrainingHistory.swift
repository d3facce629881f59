/// The epochs of the training run that made a detector.
public struct TrainingHistory: Hashable, Sendable {
    public struct Epoch: Hashable, Sendable {
        /// Counted from 1.
        public var number: Int
        public var classificationLoss: Double
        public var boxLoss: Double
        public var learningRate: Double
        public var averagePrecision: Double?
        public var averagePrecision50: Double?
        public var averagePrecision75: Double?

        public init(
            number: Int, classificationLoss: Double, boxLoss: Double, learningRate: Double,
            averagePrecision: Double? = nil, averagePrecision50: Double? = nil, averagePrecision75: Double? = nil
        ) {
            self.number = number
            self.classificationLoss = classificationLoss
            self.boxLoss = boxLoss
            self.learningRate = learningRate
            self.averagePrecision = averagePrecision
            self.averagePrecision50 = averagePrecision50
            self.averagePrecision75 = averagePrecision75
        }
    }

    /// In order.
    public var epochs: [Epoch]

    public init(epochs: [Epoch]) { self.epochs = epochs }

    /// The epoch with the highest AP, the first of several.
    var best: Epoch? {
        epochs.filter { $0.averagePrecision != nil }
            .max { ($0.averagePrecision ?? 0, -$0.number) < ($1.averagePrecision ?? 0, -$1.number) }
    }
}
