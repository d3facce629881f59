import NeedletailCheckpoints
import NeedletailNetworks
import NeedletailRuntime

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Detector {
    /// The metadata entry that holds the configuration as JSON.
    static let configurationKey = "needletail.detector"

    /// Reads a detector: a file that ``write(to:metadata:)`` wrote, or a RetinaNet of torchvision.
    ///
    /// torchvision's files say nothing about categories: with 91 outputs they are taken to be COCO's, otherwise
    /// they are called by their column.
    ///
    /// - Throws: `CheckpointError` when the file cannot be read, `ParameterMismatch` with every name that does not
    ///   fit, ``DetectorError`` when the file is no detector.
    public convenience init(contentsOf path: String) throws {
        let checkpoint = try Checkpoint(contentsOf: path)
        guard let configuration = try Self.configuration(of: checkpoint) else {
            let kind = suggestArchitecture(checkpoint).map { " It looks like \($0)." } ?? ""
            throw DetectorError(
                "\(path): these weights are no detector that can be used.\(kind) Fine-tune a detector from them with "
                    + "'needletail train --weights', or give the best.safetensors of a training run.")
        }
        self.init(configuration)
        try load(checkpoint, allowing: .nothing, takesOver: true)
    }

    /// The configuration that a file states or, for torchvision's RetinaNet, implies; nil for anything else.
    public static func configuration(of checkpoint: Checkpoint) throws -> Configuration? {
        if let text = checkpoint.metadata[configurationKey] {
            do {
                return try JSONDecoder().decode(Configuration.self, from: Data(text.utf8))
            } catch {
                throw DetectorError(
                    "\(checkpoint.path): the detector's configuration cannot be read (\(error)). Was the file written "
                        + "by a newer version?")
            }
        }
        return TorchvisionRetinaNet(checkpoint)?.configuration
    }

    /// The epsilon of the backbone's batch normalisation that weights were made with.
    ///
    /// torchvision's published v1 COCO weights were made with 0, all others with 1e-5.
    public static func normalizationEpsilon(of checkpoint: Checkpoint) -> Float {
        checkpoint.path.hasSuffix("retinanet_resnet50_fpn_coco-eeacb38b.pth") ? 0 : 1e-5
    }

    /// Fills all parameters from a file.
    ///
    /// - Parameter takesOver: Whether the file's numbers may be used where they lie.
    /// - Throws: `ParameterMismatch`, `CheckpointError`; the weights are then unchanged or partly changed.
    @discardableResult
    func load(
        _ checkpoint: Checkpoint, allowing allowance: ParameterMapping.Allowance, takesOver: Bool = false
    ) throws -> ParameterMapping {
        let store = network.parameters
        let mapping = try ParameterMapping(of: store.expected, in: checkpoint, allowing: allowance)
        try store.fill(from: mapping, takesOver: takesOver)
        return mapping
    }

    /// Writes weights, configuration and categories as one safetensors file, whole or not at all.
    ///
    /// - Parameter metadata: Further texts for the file's header, such as where the weights come from.
    /// - Throws: `CheckpointError`
    public func write(to path: String, metadata: [String: String] = [:]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        var metadata = metadata
        metadata[Self.configurationKey] = String(decoding: try encoder.encode(configuration), as: UTF8.self)
        metadata["format"] = "pt"
        try network.parameters.write(to: path, metadata: metadata)
    }
}

/// A file that is no detector, or not one that fits.
public struct DetectorError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension ResNet.Architecture {
    /// The residual network that weights are of, alone or in a detector; nil for weights of something else.
    public init?(of checkpoint: Checkpoint) {
        guard let suggestion = suggestArchitecture(checkpoint),
            let known = Self.allCases.first(where: { suggestion.contains($0.rawValue) })
        else { return nil }
        self = known
    }
}
