import NeedletailPlatform

/// How well probabilities of classes tell what pictures show.
public struct ClassificationMetrics: Sendable {
    /// What is known of a class.
    public struct ClassMetrics: Codable, Hashable, Sendable {
        public var name: String
        /// Pictures that show it.
        public var count: Int
        /// Pictures that are said to show it.
        public var predicted: Int
        /// Both.
        public var right: Int

        /// The share of what is said to show it that does; nil where nothing is.
        public var precision: Double? { predicted > 0 ? Double(right) / Double(predicted) : nil }
        /// The share of what shows it that is said to; nil where nothing does.
        public var recall: Double? { count > 0 ? Double(right) / Double(count) : nil }
        /// The harmonic mean of both; nil where the class is neither there nor predicted.
        public var f1: Double? {
            count + predicted > 0 ? 2 * Double(right) / Double(count + predicted) : nil
        }

        public init(name: String, count: Int = 0, predicted: Int = 0, right: Int = 0) {
            self.name = name
            self.count = count
            self.predicted = predicted
            self.right = right
        }
    }

    /// A range of confidences, and how often what had one was right.
    public struct Reliability: Codable, Hashable, Sendable {
        public var lowerBound: Double
        public var upperBound: Double
        public var count: Int
        /// Of those counted; 0 where there is none.
        public var meanConfidence: Double
        public var accuracy: Double
    }

    /// Whether a picture may show any number of classes.
    public let hasSeveralLabels: Bool
    public private(set) var count = 0
    /// Pictures whose most probable class is one that they show.
    public private(set) var right = 0
    /// Pictures with one of their classes among the five most probable.
    public private(set) var rightAmongFive = 0
    /// Pictures of whose classes every one is told rightly, shown or not.
    public private(set) var whollyRight = 0
    public private(set) var classes: [ClassMetrics]
    /// Pictures by what they show, in rows, and what they are said to show; of pictures that show one class.
    public private(set) var confusion: [[Int]]
    /// The mean of `-log p` of what a picture shows, or of binary cross-entropies: what training makes smaller.
    public var meanLogLoss: Double { logLoss / Double(max(count, 1)) }

    /// The probability from which a class is said to be shown, where several may be.
    public static let threshold: Float = 0.5
    /// Ranges of confidence that reliability is told for.
    public static let reliabilityBins = 15

    private var logLoss = 0.0
    private var bins = [(count: Int, confidence: Double, right: Int)](
        repeating: (0, 0, 0), count: reliabilityBins)

    public init(classes: [String], hasSeveralLabels: Bool = false) {
        self.hasSeveralLabels = hasSeveralLabels
        self.classes = classes.map { ClassMetrics(name: $0) }
        confusion = [[Int]](
            repeating: [Int](repeating: 0, count: classes.count), count: hasSeveralLabels ? 0 : classes.count)
    }

    /// The same numbers with other names of the classes.
    public func renamed(_ names: [String]) -> ClassificationMetrics {
        var metrics = self
        for (index, name) in names.enumerated() where classes.indices.contains(index) {
            metrics.classes[index].name = name
        }
        return metrics
    }

    /// Adds a picture.
    ///
    /// - Parameters:
    ///   - probabilities: One a class.
    ///   - labels: What it shows; one class, unless there may be several.
    /// - Precondition: As many probabilities as classes.
    public mutating func add(_ probabilities: [Float], labels: [Int]) {
        precondition(
            probabilities.count == classes.count, "\(probabilities.count) probabilities, \(classes.count) classes")
        count += 1
        let order = probabilities.indices.sorted {
            probabilities[$0] != probabilities[$1] ? probabilities[$0] > probabilities[$1] : $0 < $1
        }
        guard let best = order.first else { return }
        if labels.contains(best) { right += 1 }
        if order.prefix(5).contains(where: labels.contains) { rightAmongFive += 1 }
        for label in labels { classes[label].count += 1 }
        if hasSeveralLabels {
            addAll(probabilities, labels: labels)
        } else {
            addOne(best, probabilities, labels: labels)
        }
    }

    private mutating func addOne(_ best: Int, _ probabilities: [Float], labels: [Int]) {
        classes[best].predicted += 1
        guard let label = labels.first else { return }
        if label == best {
            classes[best].right += 1
            whollyRight += 1
        }
        confusion[label][best] += 1
        logLoss -= log(max(Double(probabilities[label]), 1e-15))
        addReliability(Double(probabilities[best]), isRight: label == best)
    }

    private mutating func addAll(_ probabilities: [Float], labels: [Int]) {
        var isWhole = true
        var loss = 0.0
        for (index, probability) in probabilities.enumerated() {
            let isShown = labels.contains(index), isSaid = probability >= Self.threshold
            if isSaid { classes[index].predicted += 1 }
            if isSaid && isShown { classes[index].right += 1 }
            if isSaid != isShown { isWhole = false }
            let own = Double(isShown ? probability : 1 - probability)
            loss -= log(max(own, 1e-15))
            addReliability(max(Double(probability), 1 - Double(probability)), isRight: isSaid == isShown)
        }
        if isWhole { whollyRight += 1 }
        logLoss += loss / Double(max(classes.count, 1))
    }

    private mutating func addReliability(_ confidence: Double, isRight: Bool) {
        guard confidence.isFinite else { return }
        // A range has its upper end, as Guo et al. have it.
        let place = Int(saturating: (confidence * Double(Self.reliabilityBins)).rounded(.up)) - 1
        let bin = min(max(place, 0), Self.reliabilityBins - 1)
        bins[bin].count += 1
        bins[bin].confidence += confidence
        if isRight { bins[bin].right += 1 }
    }

    // MARK: What it comes to

    /// The share of pictures whose most probable class is one that they show.
    public var accuracy: Double { share(right) }
    public var topFiveAccuracy: Double { share(rightAmongFive) }
    /// The share of pictures of whose classes every one is told rightly.
    public var exactAccuracy: Double { share(whollyRight) }

    private func share(_ part: Int) -> Double { Double(part) / Double(max(count, 1)) }

    /// The mean over the classes that are there or predicted.
    public var macroF1: Double {
        let values = classes.compactMap(\.f1)
        return values.reduce(0, +) / Double(max(values.count, 1))
    }

    /// The mean recall over the classes that are there: the accuracy if all had as many pictures.
    public var balancedAccuracy: Double {
        let values = classes.compactMap(\.recall)
        return values.reduce(0, +) / Double(max(values.count, 1))
    }

    public var reliability: [Reliability] {
        bins.enumerated().map { index, bin in
            let width = 1 / Double(Self.reliabilityBins), count = Double(max(bin.count, 1))
            return Reliability(
                lowerBound: Double(index) * width, upperBound: Double(index + 1) * width, count: bin.count,
                meanConfidence: bin.confidence / count, accuracy: Double(bin.right) / count)
        }
    }

    /// The mean distance of confidence from accuracy over ranges of confidence, each by its count: ECE. Guo et al., "On
    /// Calibration of Modern Neural Networks", 2017. Where pictures show several classes, of every class of every picture.
    public var expectedCalibrationError: Double {
        let total = bins.reduce(0) { $0 + $1.count }
        return reliability.reduce(0) { $0 + Double($1.count) * abs($1.accuracy - $1.meanConfidence) }
            / Double(max(total, 1))
    }

    /// Pairs of classes that are taken for one another, the most frequent first.
    public var confusedPairs: [(truth: Int, predicted: Int, count: Int)] {
        confusion.indices.flatMap { truth in
            confusion[truth].indices.filter { $0 != truth && confusion[truth][$0] > 0 }
                .map { (truth, $0, confusion[truth][$0]) }
        }.sorted { $0.2 != $1.2 ? $0.2 > $1.2 : ($0.0, $0.1) < ($1.0, $1.1) }
    }
}

/// What a classifier says of a picture whose classes are known.
public struct ClassifiedPicture: Sendable {
    /// As its dataset calls it.
    public var name: String
    /// Of its dataset.
    public var row: Int
    /// What it shows.
    public var labels: [Int]
    /// Of each class.
    public var probabilities: [Float]

    public init(name: String, row: Int, labels: [Int], probabilities: [Float]) {
        self.name = name
        self.row = row
        self.labels = labels
        self.probabilities = probabilities
    }

    /// The most probable class, the first of several.
    public var predicted: Int {
        let greatest = probabilities.max() ?? 0
        return probabilities.firstIndex(of: greatest) ?? 0
    }

    public var confidence: Float { probabilities.max() ?? 0 }

    /// Whether the most probable class is one that the picture shows.
    public var isRight: Bool { labels.contains(predicted) }
}

extension [ClassifiedPicture] {
    /// The pictures that are taken for what they are not, the most confident first.
    public var mistakes: [ClassifiedPicture] {
        filter { !$0.isRight && !($0.labels.isEmpty && $0.confidence < ClassificationMetrics.threshold) }
            .sorted { $0.confidence != $1.confidence ? $0.confidence > $1.confidence : $0.row < $1.row }
    }
}
