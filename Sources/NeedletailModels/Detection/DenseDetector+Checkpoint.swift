import NeedletailCheckpoints
import NeedletailGeometry
import NeedletailGraph
import NeedletailSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension DenseDetector {
    /// The metadata entry that holds the configuration as JSON.
    package static let configurationKey = "needletail.detector"
    /// The metadata entry that holds the thresholds as JSON.
    private static let thresholdsKey = "needletail.thresholds"

    /// Reads a detector: a file that ``write(to:metadata:)`` wrote, or one of another toolkit whose network is known.
    ///
    /// - Throws: `CheckpointError` when the file cannot be read, `ParameterMismatch` with every name that does not
    ///   fit, ``DetectorError`` when the file is no detector.
    public convenience init(contentsOf path: String) throws {
        try self.init(Checkpoint(contentsOf: path))
    }

    /// Makes a detector of weights that say, or whose names and shapes tell, what they are of.
    ///
    /// - Throws: As ``init(contentsOf:)``.
    public convenience init(_ checkpoint: Checkpoint) throws {
        guard let configuration = try Self.configuration(of: checkpoint) else {
            let kind = CheckpointArchitecture(checkpoint).map { ". It looks like \($0)" } ?? ""
            throw DetectorError(
                .notADetector, path: checkpoint.path, problem: "these weights are no detector that can be used\(kind)",
                remedy: """
                    Fine-tune a detector from them with \(verb: .fineTuning), or give the \
                    best.safetensors of a training run.
                    """)
        }
        self.init(configuration)
        try load(checkpoint, allowing: .nothing, takesOver: checkpoint.isMapped)
        scoreThresholds = Self.scoreThresholds(of: checkpoint)
    }

    /// The thresholds that a file states; nil where it states none.
    public static func scoreThresholds(of checkpoint: Checkpoint) -> ScoreThresholds? {
        checkpoint.metadata[thresholdsKey].flatMap {
            try? JSONDecoder().decode(ScoreThresholds.self, from: Data($0.utf8))
        }
    }

    /// The configuration that a file states or, as torchvision's, implies; nil for anything else.
    ///
    /// - Throws: ``DetectorError`` when it is stated and cannot be used.
    public static func configuration(of checkpoint: Checkpoint) throws -> Configuration? {
        guard let text = checkpoint.metadata[configurationKey] else {
            for architecture in DenseArchitectures.known {
                if let configuration = try architecture.configuration(recognizing: checkpoint) { return configuration }
            }
            return nil
        }
        do {
            return try JSONDecoder().decode(Configuration.self, from: Data(text.utf8))
        } catch let reason as DetectorError.Reason {
            throw DetectorError(path: checkpoint.path, reason: reason)
        } catch {
            var problem = "\(error)"
            if case DecodingError.dataCorrupted(let context) = error { problem = context.debugDescription }
            throw DetectorError(
                .malformed, path: checkpoint.path, problem: "the detector's configuration cannot be used: \(problem)",
                remedy: "Was the file changed, or written by a newer version?")
        }
    }

    /// Fills all parameters from a file.
    ///
    /// - Parameter takesOver: Whether the file's numbers may be used where they lie.
    /// - Throws: `ParameterMismatch`, `CheckpointError`; the weights are then unchanged or partly changed.
    @discardableResult
    func load(
        _ checkpoint: Checkpoint, allowing allowance: ParameterMapping.Allowance, takesOver: Bool = false
    ) throws -> ParameterMapping {
        let mapping = try ParameterMapping(of: parameters.expected, in: checkpoint, allowing: allowance)
        try parameters.fill(from: mapping, takesOver: takesOver)
        return mapping
    }

    /// Writes weights, configuration and categories as one safetensors file, whole or not at all.
    ///
    /// - Parameter metadata: Further texts for the file's header, such as where the weights come from.
    /// - Throws: `CheckpointError`
    public func write(to path: String, metadata: [String: String] = [:]) throws {
        var metadata = metadata
        metadata[Self.configurationKey] = try configuration.metadataText
        if let scoreThresholds {
            metadata[Self.thresholdsKey] = try scoreThresholds.metadataText
        }
        metadata["format"] = "pt"
        try parameters.write(to: path, metadata: metadata)
    }
}

extension Encodable {
    /// As a file's metadata has it: JSON, its keys in order.
    package var metadataText: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}
