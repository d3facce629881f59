import NeedletailDatasets
import NeedletailSystem

/// Records of one kind that were left out of an evaluation, or are worth knowing about.
public struct RecordWarning: Sendable, CustomStringConvertible {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        // Left out; errors unless the evaluation is lenient.
        case malformedDetection
        case unknownImage
        case unknownCategory
        case nonFiniteBox
        case negativeSize
        case nonFiniteScore
        case missingBox
        case negativeArea
        case duplicateImage
        case duplicateCategory
        // Kept; errors unless the evaluation is lenient.
        case duplicateAnnotation
        case noDetections
        case noAnnotations
        // Left out, never errors.
        case foreignCategory
        // Kept, never errors.
        case looseReference
        case nonFiniteNumber
        case everyAnnotationIsCrowd
        case scoreCutOff
        case boxFormat

        /// What became of the records.
        var outcome: String {
            switch self {
            case .malformedDetection, .unknownImage, .unknownCategory, .nonFiniteBox, .negativeSize,
                .nonFiniteScore, .missingBox, .negativeArea, .duplicateImage, .duplicateCategory, .foreignCategory:
                "left out"
            case .duplicateAnnotation: "both counted"
            case .looseReference: "matched all the same; other tools may not"
            case .nonFiniteNumber: "read as missing"
            case .noDetections, .noAnnotations, .everyAnnotationIsCrowd, .scoreCutOff, .boxFormat: ""
            }
        }
    }

    public var kind: Kind
    public var count: Int
    /// The first of them, at most three.
    public var examples: [AnnotationError]
    /// The words of ``description`` and ``exampleTexts``.
    public var wording = Wording.neutral

    /// The examples in words.
    public var exampleTexts: [String] { examples.map { wording($0) } }

    public var description: String {
        let first = exampleTexts.first ?? kind.rawValue
        guard count > 1 || !kind.outcome.isEmpty else { return first }
        let records = count == 1 ? "1 record" : "\(count) records"
        return "\(records) \(kind.outcome); the first: \(first)"
    }
}

/// Gathers warnings, or throws at the first record that is an error.
struct RecordJudge {
    let isLenient: Bool
    let wording: Wording
    private(set) var warnings: [RecordWarning] = []

    init(isLenient: Bool, wording: Wording) {
        self.isLenient = isLenient
        self.wording = wording
    }

    /// Reports a record that cannot be used.
    mutating func refuse(
        _ kind: RecordWarning.Kind, count: Int = 1, _ reason: () -> AnnotationError
    ) throws(AnnotationError) {
        if !isLenient { throw reason() }
        note(kind, count: count, reason)
    }

    /// Reports something that is used all the same.
    mutating func note(_ kind: RecordWarning.Kind, count: Int = 1, _ reason: () -> AnnotationError) {
        if let index = warnings.firstIndex(where: { $0.kind == kind }) {
            warnings[index].count += count
            if warnings[index].examples.count < 3 { warnings[index].examples.append(reason()) }
        } else {
            warnings.append(RecordWarning(kind: kind, count: count, examples: [reason()], wording: wording))
        }
    }
}
