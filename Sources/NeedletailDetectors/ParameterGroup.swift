import NeedletailNetworks
import NeedletailRuntime

/// Parameters of a model that are frozen, or learn at a rate of their own, together.
public struct ParameterGroup {
    public enum Kind: Hashable, Sendable {
        /// A part of the backbone, counted from the input: 0 is the stem.
        case backbone(stage: Int)
        case neck
        case head

        public var backboneStage: Int? {
            if case .backbone(let stage) = self { stage } else { nil }
        }
    }

    public let name: String
    public let kind: Kind
    public let parameters: [Parameter]

    public init(name: String, kind: Kind, parameters: [Parameter]) {
        self.name = name
        self.kind = kind
        self.parameters = parameters
    }
}

extension ParameterGroup {
    /// The groups of a network on a residual backbone: five stages, then what stands on them.
    ///
    /// - Parameters:
    ///   - backbone: The prefix of the backbone's names.
    ///   - neck: The prefix of the neck's names; nil where there is none.
    static func groups(of store: ParameterStore, backbone: String, neck: String?) -> [ParameterGroup] {
        func kind(of name: String) -> Kind {
            if name.hasPrefix(backbone), let stage = ResNet.stage(ofParameter: String(name.dropFirst(backbone.count))) {
                return .backbone(stage: stage)
            }
            return neck.map { name.hasPrefix($0) } == true ? .neck : .head
        }
        let kinds = (0...4).map { Kind.backbone(stage: $0) } + (neck == nil ? [] : [.neck]) + [.head]
        let names = ["stem"] + (1...4).map { "stage \($0)" } + (neck == nil ? [] : ["neck"]) + ["head"]
        let members = Dictionary(grouping: store.parameters) { kind(of: $0.name) }
        return zip(kinds, names).map { ParameterGroup(name: $1, kind: $0, parameters: members[$0] ?? []) }
    }
}
