import NeedletailModels

/// What happens in a training run, for whoever shows it.
public enum TrainingEvent: Sendable {
    /// Before the first epoch: what the frozen layers compute of the images is kept on the disk.
    case featuresStarted(images: Int, bytes: Int)
    case featuresProgress(done: Int, of: Int)
    /// The batches that are to come, counted from 0, and the time that everything after them takes, validation included;
    /// nil before an epoch is over in which all layers learn that are to learn. A run that keeps a budget can end after
    /// fewer epochs than were planned; `of` tells how many there are now.
    case epochStarted(epoch: Int, of: Int, batches: Range<Int>, secondsAfterwards: Double?)
    case step(Step)
    /// An image that could not be used; the run goes on without it.
    case imageSetAside(reason: String)
    /// A batch whose loss was not finite; all is as it was before it.
    case stepSkipped(epoch: Int, batch: Int, images: [String])
    case validationProgress(done: Int, of: Int)
    /// With the time that the epochs to come take; nil after the last, and where ``epochStarted`` has none.
    case epochFinished(EpochRecord, of: Int, secondsLeft: Double?)
    /// Something that a person should know; the run goes on.
    case warning(String)

    public struct Step: Sendable {
        public var epoch: Int
        /// Counted from 1.
        public var batch: Int
        public var batches: Int
        public var losses: DetectionLosses
        public var learningRate: Float
    }
}

/// One line of a run's `results.csv`.
public struct EpochRecord: Codable, Hashable, Sendable {
    /// Counted from 1.
    public var epoch: Int
    public var classificationLoss: Float
    public var boxLoss: Float
    public var learningRate: Float
    public var averagePrecision: Double?
    public var averagePrecision50: Double?
    public var averagePrecision75: Double?
    public var trainingSeconds: Double
    public var validationSeconds: Double

    static let header =
        "epoch,loss,loss_classification,loss_box,learning_rate,AP,AP50,AP75,training_seconds,validation_seconds"

    var line: String {
        func text(_ value: Double?) -> String { value.map { Self.rounded($0, digits: 5) } ?? "" }
        return [
            "\(epoch)", Self.rounded(Double(classificationLoss + boxLoss), digits: 5),
            Self.rounded(Double(classificationLoss), digits: 5), Self.rounded(Double(boxLoss), digits: 5),
            "\(learningRate)", text(averagePrecision), text(averagePrecision50), text(averagePrecision75),
            Self.rounded(trainingSeconds, digits: 2), Self.rounded(validationSeconds, digits: 2),
        ].joined(separator: ",")
    }

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
