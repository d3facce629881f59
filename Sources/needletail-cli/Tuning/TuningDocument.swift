import Needletail

/// What a search has found, as `tune.json` and `--json` have it.
struct TuningDocument: Encodable {
    struct Coverage: Encodable {
        struct Class: Encodable {
            var name: String
            var measure: AnchorCoverage.Measure
        }

        var overall: AnchorCoverage.Measure
        /// The mean of the classes' mean overlaps.
        var balancedOverlap: Double
        var classes: [Class]

        init(_ coverage: AnchorCoverage, categories: [DenseDetector.Category]) {
            overall = coverage.overall
            balancedOverlap = coverage.balancedOverlap
            classes = categories.compactMap { category in
                coverage.classes[category.classIndex].map { Class(name: category.name, measure: $0) }
            }
        }
    }

    struct Preset: Encodable {
        var name: String
        /// Measured before the search.
        var secondsPerEpoch: Double
        var inputSize: Int
        /// This and what follows only where there are anchors.
        var anchorSize: Int?
        var aspectRatios: [Float]?
        var coverage: Coverage?
        /// Of RetinaNet's anchors, from 32 pixels.
        var standardCoverage: Coverage?
        /// Ratios fitted to the boxes, and the classes' mean overlap with anchors of these.
        var fittedAspectRatios: [Float]?
        var fittedBalancedOverlap: Double?
    }

    struct Trial: Encodable {
        var folder: String
        var preset: String
        /// Where several are compared.
        var optimizer: String?
        var learningRate: Float
        /// Counted from 1.
        var round: Int
        var epochs: Int
        var seconds: Double
        var averagePrecision: Double?
        var averagePrecision50: Double?
        var outcome: TuningSearch.Fate
    }

    struct Recommendation: Encodable {
        var preset: String
        /// Where several were compared.
        var optimizer: String?
        var learningRate: Float
        var averagePrecision: Double
        var averagePrecision50: Double
        /// Of a full training, and the seconds that they take by the latest trial.
        var epochs: Int
        var seconds: Double
        /// Candidates as good, such as `fast-0.01`.
        var rivals: [String]
        var command: String
        /// What to think of it.
        var remarks: [String]
    }

    var output: String
    var budget: Double
    var seconds: Double
    var seed: UInt64
    var trainingImages: Int
    var validationImages: Int
    /// Whether the validation images were taken from the training dataset.
    var isHeldOut: Bool
    var wasInterrupted: Bool
    var presets: [Preset]
    var rounds: [SuccessiveHalving.Round]
    var trials: [Trial]
    var recommendation: Recommendation?
}
