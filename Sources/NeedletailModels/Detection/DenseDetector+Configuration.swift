extension DenseDetector {
    /// What a detector file says about itself beside its weights.
    public struct Configuration: Codable, Hashable, Sendable {
        /// How the network is put together.
        public var network: any DenseArchitecture
        public var transform: InputTransform
        public var postProcessing: PostProcessing
        public var categories: [Category]

        public init(
            network: any DenseArchitecture, transform: InputTransform = InputTransform(),
            postProcessing: PostProcessing = PostProcessing(), categories: [Category]
        ) {
            self.network = network
            self.transform = transform
            self.postProcessing = postProcessing
            self.categories = categories
        }
    }
}

extension DenseDetector.Configuration {
    /// What files are written as; one with a greater number is of a newer program.
    private static let formatVersion = 2

    private enum CodingKeys: String, CodingKey {
        case formatVersion, architecture, network, transform, postProcessing, categories
    }

    /// - Throws: ``DetectorError`` for a file of a newer version or an architecture that is not known, `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // Version 0.1 had one architecture and wrote neither of the two.
        let version = try container.decodeIfPresent(Int.self, forKey: .formatVersion) ?? 1
        guard version <= Self.formatVersion else { throw DetectorError.Reason.newerVersion(version) }
        let name = try container.decodeIfPresent(String.self, forKey: .architecture) ?? RetinaNet.architectureName
        guard let architecture = DenseArchitectures.named(name) else {
            throw DetectorError.Reason.unknownArchitecture(name)
        }
        network = try architecture.init(from: container.superDecoder(forKey: .network))
        transform = try container.decode(InputTransform.self, forKey: .transform)
        postProcessing = try container.decode(PostProcessing.self, forKey: .postProcessing)
        categories = try container.decode([DenseDetector.Category].self, forKey: .categories)
        let known = 1...max(network.classIndex(ofOutput: network.classCount - 1), 1)
        guard Set(categories.map(\.classIndex)).count == categories.count,
            categories.allSatisfy({ known.contains($0.classIndex) })
        else {
            throw container.refusal(.categories, "do not have a class index each, from 1 to \(known.upperBound)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.formatVersion, forKey: .formatVersion)
        try container.encode(type(of: network).architectureName, forKey: .architecture)
        try network.encode(to: container.superEncoder(forKey: .network))
        try container.encode(transform, forKey: .transform)
        try container.encode(postProcessing, forKey: .postProcessing)
        try container.encode(categories, forKey: .categories)
    }

    public static func == (left: Self, right: Self) -> Bool {
        AnyHashable(left.network) == AnyHashable(right.network) && left.transform == right.transform
            && left.postProcessing == right.postProcessing && left.categories == right.categories
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(AnyHashable(network))
        hasher.combine(transform)
        hasher.combine(postProcessing)
        hasher.combine(categories)
    }
}
