import Needletail

/// From which score objects are drawn, and why from that.
struct DrawingThresholds: Encodable {
    enum Source: String, Encodable {
        /// A person has said so.
        case given
        /// The detector's validation.
        case validation
        /// What is known of the very images.
        case annotations
        /// Nothing is known.
        case fixed
    }

    let scores: ScoreThresholds
    let source: Source

    private static let usual = 0.5

    /// What is given, or else what one of the others knows, or else a half.
    init(given: Double?, validation: ScoreThresholds?, annotations: @autoclosure () -> ScoreThresholds? = nil) {
        if let given {
            (scores, source) = (ScoreThresholds(overall: given), .given)
        } else if let validation {
            (scores, source) = (validation, .validation)
        } else if let annotations = annotations() {
            (scores, source) = (annotations, .annotations)
        } else {
            (scores, source) = (ScoreThresholds(overall: Self.usual), .fixed)
        }
    }

    /// Classes that are listed.
    static let mostListed = 8

    /// What a person should know of it; nil of what they have said themselves.
    var note: String? {
        let reason =
            switch source {
            case .given: ""
            case .validation: "where F1 was highest in the detector's validation"
            case .annotations: "where F1 is highest on these annotations"
            case .fixed: "as the detector's best one is not known"
            }
        guard source != .given else { return nil }
        return "drawn from a score of \(Self.words(scores, reason: ", \(reason)"))" + "; --threshold sets another"
    }

    /// `0.310 (cat 0.400, dog 0.250)`
    static func words(_ scores: ScoreThresholds, reason: String = "", limit: Int = mostListed) -> String {
        let own = scores.byCategory.sorted { $0.key < $1.key }
        let list = own.prefix(limit).map { "\($0.key) \(Table.number($0.value))" }.joined(separator: ", ")
        return Table.number(scores.overall) + reason
            + (own.isEmpty ? "" : " (\(list)\(own.count > limit ? ", ..." : ""))")
    }
}
