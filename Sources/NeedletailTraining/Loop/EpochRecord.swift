import NeedletailEvaluation

/// What there is to say of an epoch: one line of a run's `results.csv`.
public struct EpochRecord: Codable, Hashable, Sendable {
    /// A term of the loss, its mean over the steps.
    public struct Loss: Codable, Hashable, Sendable {
        public var name: String
        public var value: Float

        public init(name: String, value: Float) {
            self.name = name
            self.value = value
        }

        /// What charts and pages call it.
        package var title: String {
            switch name {
            case "box": "boxes"
            case "l1": "boxes, L1"
            default: name
            }
        }
    }

    /// Counted from 1.
    public var epoch: Int
    /// In the order of the model's terms.
    public var losses: [Loss]
    /// The same terms on the validation images; empty without validation.
    public var validationLosses: [Loss] = []
    public var learningRate: Float
    /// What validation has measured, the decisive one first; empty without validation.
    public var metrics: [Metric]
    public var trainingSeconds: Double
    public var validationSeconds: Double

    public init(
        epoch: Int, losses: [Loss], validationLosses: [Loss] = [], learningRate: Float, metrics: [Metric],
        trainingSeconds: Double,
        validationSeconds: Double
    ) {
        self.epoch = epoch
        self.losses = losses
        self.validationLosses = validationLosses
        self.learningRate = learningRate
        self.metrics = metrics
        self.trainingSeconds = trainingSeconds
        self.validationSeconds = validationSeconds
    }

    /// The sum of all terms.
    public var loss: Float { losses.reduce(0) { $0 + $1.value } }

    /// The sum of all terms on the validation images; nil where there are none.
    public var validationLoss: Float? {
        validationLosses.isEmpty ? nil : validationLosses.reduce(0) { $0 + $1.value }
    }

    public func loss(_ name: String) -> Float? { losses.first { $0.name == name }?.value }

    public func metric(_ key: String) -> Double? { metrics.first { $0.name.key == key }?.value }

    /// A decimal number with a fixed number of digits after the point.
    static func rounded(_ value: Double, digits: Int) -> String {
        guard value.isFinite else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 1e15 else { return "\(value)" }
        let number = String(Int(scaled))
        let padded = String(repeating: "0", count: max(0, digits + 1 - number.count)) + number
        let sign = value < 0 && scaled > 0 ? "-" : ""
        return digits == 0 ? sign + padded : "\(sign)\(padded.dropLast(digits)).\(padded.suffix(digits))"
    }
}

extension [EpochRecord] {
    /// Where the loss of validation has turned while that of training falls, by the last epoch.
    public var lossTurn: LossTurn? {
        LossTurn(training: map { Double($0.loss) }, validation: map { $0.validationLoss.map { Double($0) } })
    }
}

/// Of a detector.
extension EpochRecord {
    public var averagePrecision: Double? { metric("averagePrecision") }
    public var averagePrecision50: Double? { metric("averagePrecision50") }
    public var averagePrecision75: Double? { metric("averagePrecision75") }
}

extension EpochRecord {
    /// The record as logs and machines have it: every loss and every metric a member of its own, such as
    /// `classificationLoss` and `averagePrecision`.
    public struct Members: Encodable, Sendable {
        let record: EpochRecord

        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }

            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            func key(_ name: String) -> Key { Key(stringValue: name) }
            try container.encode(record.epoch, forKey: key("epoch"))
            for loss in record.losses { try container.encode(loss.value, forKey: key(loss.name + "Loss")) }
            try container.encodeIfPresent(record.validationLoss, forKey: key("validationLoss"))
            for loss in record.validationLosses where record.validationLosses.count > 1 {
                let name = loss.name.prefix(1).uppercased() + loss.name.dropFirst()
                try container.encode(loss.value, forKey: key("validation\(name)Loss"))
            }
            try container.encode(record.learningRate, forKey: key("learningRate"))
            for metric in record.metrics { try container.encode(metric.value, forKey: key(metric.name.key)) }
            try container.encode(record.trainingSeconds, forKey: key("trainingSeconds"))
            try container.encode(record.validationSeconds, forKey: key("validationSeconds"))
        }
    }

    public var members: Members { Members(record: self) }
}
