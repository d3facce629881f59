/// What happens to a record that no metric is defined for.
public enum InputPolicy: String, Hashable, Sendable, Codable {
    /// `add` throws ``EvaluationError/invalidRecord(_:)`` and takes nothing of the image.
    case fail
    /// The record is left out and counted in ``InputWarning``.
    case skip
}

/// Records of one kind that were left out under ``InputPolicy/skip``.
public struct InputWarning: Hashable, Sendable, CustomStringConvertible {
    public var problem: InvalidRecord.Problem
    /// How many records were left out.
    public var count: Int
    /// The first of them, at most five.
    public var examples: [InvalidRecord]

    public var description: String {
        let first = examples.first.map { "; first: \($0)" } ?? ""
        return "\(count) record\(count == 1 ? "" : "s") left out\(first)"
    }
}
