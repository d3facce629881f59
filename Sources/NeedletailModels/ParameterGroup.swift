import NeedletailGraph

/// Parameters that are frozen and thawed together and learn at one rate.
public struct ParameterGroup {
    public enum Kind: Hashable, Sendable {
        /// A stage of the backbone, counted from the image.
        case backbone(stage: Int)
        case neck
        case head
    }

    /// As people call it, such as `layer4`.
    public let name: String
    public let kind: Kind
    /// In the order in which they were made.
    public let parameters: [Parameter]

    public init(name: String, kind: Kind, parameters: [Parameter]) {
        self.name = name
        self.kind = kind
        self.parameters = parameters
    }

    public var isBackbone: Bool {
        if case .backbone = kind { true } else { false }
    }
}

extension [ParameterGroup] {
    /// The groups that are trained when the topmost stages of the backbone are, and everything above it.
    public func trained(backboneStages: Int) -> [ParameterGroup] {
        let stages = count { $0.isBackbone }
        return filter { group in
            guard case .backbone(let stage) = group.kind else { return true }
            return stage >= stages - backboneStages
        }
    }
}
