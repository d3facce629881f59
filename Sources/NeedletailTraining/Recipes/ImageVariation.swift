import NeedletailAugmentation

/// What is done to training images.
public enum ImageVariation: Codable, Hashable, Sendable {
    /// They are mirrored this often, 0 to 1, while they are resized.
    case mirroring(probability: Float)
    case policy(AugmentationPolicy)

    /// - Parameter policy: One that only mirrors, or does nothing, is done while images are resized.
    public init(_ policy: AugmentationPolicy) {
        switch policy {
        case AugmentationPolicy(.none): self = .mirroring(probability: 0)
        case AugmentationPolicy(.flip): self = .mirroring(probability: 0.5)
        default: self = .policy(policy)
        }
    }

    public init(_ preset: AugmentationPolicy.Preset) { self.init(AugmentationPolicy(preset)) }

    var flipProbability: Float {
        if case .mirroring(let probability) = self { probability } else { 0.5 }
    }

    /// Whether images are joined with others.
    var joins: Bool { policy.map { !$0.joiningOperations.isEmpty } ?? false }

    var policy: AugmentationPolicy? {
        if case .policy(let policy) = self { policy } else { nil }
    }
}
