import NeedletailPlatform

/// How much the objects of a class count in the classification loss.
public enum ClassWeighting: String, Codable, CaseIterable, Sendable {
    /// All alike.
    case none
    /// By the inverse of the effective number of a class's boxes, `(1 - βⁿ) / (1 - β)` of `n` boxes with `β = 0.99`: boxes
    /// beyond some hundred make no difference. Cui et al., "Class-Balanced Loss Based on Effective Number of Samples",
    /// 2019.
    case effectiveNumber

    private static let beta = 0.99

    /// The weight of each class, on average 1 over the classes that have boxes; those without have 1, and it matters
    /// to nobody.
    ///
    /// - Parameter boxCounts: The number of boxes of each class.
    /// - Returns: Nil when all count alike.
    public func weights(boxCounts: [Int]) -> [Float]? {
        guard self == .effectiveNumber else { return nil }
        let inverses = boxCounts.map { $0 > 0 ? (1 - Self.beta) / (1 - pow(Self.beta, Double($0))) : 0 }
        let sum = inverses.reduce(0, +), count = boxCounts.count { $0 > 0 }
        return inverses.map { $0 > 0 ? Float($0 * Double(count) / sum) : 1 }
    }
}
