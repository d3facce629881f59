import NeedletailEvaluation

/// A ``ClassificationEvaluation`` as JSON has it.
public struct ClassificationDocument: Encodable, Sendable {
    public struct Class: Encodable, Sendable {
        var name: String
        var count: Int
        var predicted: Int
        var precision: Double?
        var recall: Double?
        var f1: Double?
    }

    public struct Confusion: Encodable, Sendable {
        var truth: String
        var predicted: String
        var count: Int
    }

    public struct Mistake: Encodable, Sendable {
        var file: String
        var classes: [String]
        var predicted: String
        var probability: Float
    }

    var classifier: String
    var dataset: String
    var pictures: Int
    var unreadable: [String]
    /// The share of pictures whose most probable class is one that they show.
    var accuracy: Double
    var topFiveAccuracy: Double
    /// The share of pictures of whose classes every one is told rightly.
    var exactAccuracy: Double
    var balancedAccuracy: Double
    var macroF1: Double
    var logLoss: Double
    var zeroOneLoss: Double
    var expectedCalibrationError: Double
    var classes: [Class]
    /// By what is there, in rows, and what was predicted, in the order of `classes`; empty where pictures show several.
    var confusion: [[Int]]
    var confused: [Confusion]
    var reliability: [ClassificationMetrics.Reliability]
    var mistakes: [Mistake]
    var doubts: [String]

    private static let mostMistakes = 100

    public init(_ evaluation: ClassificationEvaluation) {
        let metrics = evaluation.metrics
        classifier = evaluation.classifierPath
        dataset = evaluation.dataset.path
        pictures = metrics.count
        unreadable = evaluation.failures
        accuracy = metrics.accuracy
        topFiveAccuracy = metrics.topFiveAccuracy
        exactAccuracy = metrics.exactAccuracy
        balancedAccuracy = metrics.balancedAccuracy
        macroF1 = metrics.macroF1
        logLoss = metrics.meanLogLoss
        zeroOneLoss = 1 - metrics.accuracy
        expectedCalibrationError = metrics.expectedCalibrationError
        classes = metrics.classes.map {
            Class(
                name: $0.name, count: $0.count, predicted: $0.predicted, precision: $0.precision, recall: $0.recall,
                f1: $0.f1)
        }
        confusion = metrics.confusion
        confused = metrics.confusedPairs.prefix(20).map {
            Confusion(
                truth: metrics.classes[$0.truth].name, predicted: metrics.classes[$0.predicted].name, count: $0.count)
        }
        reliability = metrics.reliability
        mistakes = evaluation.pictures.mistakes.prefix(Self.mostMistakes).map { picture in
            Mistake(
                file: picture.name, classes: picture.labels.map { metrics.classes[$0].name },
                predicted: metrics.classes[picture.predicted].name, probability: picture.confidence)
        }
        doubts = evaluation.doubts
    }
}
