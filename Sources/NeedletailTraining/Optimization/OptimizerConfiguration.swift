/// How weights follow their gradients.
public struct OptimizerConfiguration: Sendable {
    /// All that are known.
    public static let methods: [any OptimizationMethod.Type] = [
        SGD.self, Adam.self, AdamW.self, RMSProp.self, AdaGrad.self,
    ]

    /// What recipes may ask for.
    public static let choices = methods.flatMap { $0.choices }

    public var method: any OptimizationMethod
    /// Adds `weightDecay · w` to the gradient; for ``AdamW`` `w ← w - rate · weightDecay · w` before the step instead.
    public var weightDecay: Double

    public init(method: any OptimizationMethod = SGD(), weightDecay: Double = 1e-4) {
        self.method = method
        self.weightDecay = weightDecay
    }
}

extension OptimizerConfiguration: Hashable {
    public static func == (left: OptimizerConfiguration, right: OptimizerConfiguration) -> Bool {
        left.weightDecay == right.weightDecay && left.method.isEqual(to: right.method)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(weightDecay)
        hasher.combine(method)
    }
}

/// `{"method": {"sgd": {"momentum": 0.9, …}}, "weightDecay": 0.0001}`
extension OptimizerConfiguration: Codable {
    private enum CodingKeys: CodingKey {
        case method, weightDecay
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let named = try container.nestedContainer(keyedBy: NameKey.self, forKey: .method)
        guard let name = named.allKeys.first, let type = Self.methods.first(where: { $0.name == name.stringValue })
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .method, in: container,
                debugDescription: "none of \(Self.methods.map { $0.name }.joined(separator: ", "))")
        }
        self.init(
            method: try named.decode(type, forKey: name),
            weightDecay: try container.decode(Double.self, forKey: .weightDecay))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        var named = container.nestedContainer(keyedBy: NameKey.self, forKey: .method)
        try named.encode(method, forKey: NameKey(stringValue: type(of: method).name))
        try container.encode(weightDecay, forKey: .weightDecay)
    }
}
