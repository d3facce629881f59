import ArgumentParser
import Needletail

/// A detector by its name on the command line: `retinanet-resnet18`, `retinanet-v2-resnet50`.
struct DetectorModel: ExpressibleByArgument {
    let name: String
    let backbone: AnyBackboneArchitecture
    let version: RetinaNet.Version

    private static let prefixes: [(prefix: String, version: RetinaNet.Version)] = [
        ("retinanet-v2-", .v2), ("retinanet-", .v1),
    ]

    init(backbone: AnyBackboneArchitecture, version: RetinaNet.Version) {
        let prefix = Self.prefixes.first { $0.version == version }?.prefix ?? ""
        name = prefix + backbone.name
        self.backbone = backbone
        self.version = version
    }

    /// - Precondition: One of ``allNames``.
    init(_ name: String) {
        guard let model = DetectorModel(argument: name) else { preconditionFailure("no model is called \(name)") }
        self = model
    }

    init?(argument: String) {
        for (prefix, version) in Self.prefixes where argument.hasPrefix(prefix) {
            guard let backbone = AnyBackboneArchitecture(name: String(argument.dropFirst(prefix.count))) else {
                continue
            }
            name = argument
            self.backbone = backbone
            self.version = version
            return
        }
        return nil
    }

    var defaultValueDescription: String { name }

    static let allNames = prefixes.reversed().flatMap { prefix, _ in
        AnyBackboneArchitecture.all.map { prefix + $0.name }
    }

    static var allValueStrings: [String] { allNames }
}
