import NeedletailCheckpoints
import NeedletailNetworks
import NeedletailRuntime

/// What a new detector took over from a weight file.
public struct InitializationReport: Sendable {
    /// The file.
    public var path: String
    /// What the weights are, such as `resnet18`, if that was recognised.
    public var architecture: String?
    /// Parameters filled from the file.
    public var filledCount: Int
    /// Parameters that keep their fresh values: the file lacks them.
    public var freshNames: [String]
    /// Categories whose classifier rows were taken over, by name.
    public var reusedCategories: [String]
}

extension Detector {
    /// Starts from the weights of a classifier or of another detector.
    ///
    /// A classifier fills the backbone. A detector fills everything; where its categories are others, the rows of
    /// the classification output are taken over for categories of the same name, and the rest stays fresh.
    ///
    /// - Throws: `ParameterMismatch` naming all parameters that do not fit and the likely architecture;
    ///   `CheckpointError`.
    public func initialize(from checkpoint: Checkpoint) throws -> InitializationReport {
        let source = try Self.configuration(of: checkpoint)
        let predictor = "head.classification_head.cls_logits"
        let mapping: ParameterMapping
        if source == nil {
            mapping = try load(
                checkpoint, allowing: .init(missing: ["backbone.fpn.", "head."]))
        } else {
            // Always by name: equal sizes do not make the categories equal.
            mapping = try ParameterMapping(
                of: network.parameters.expected, in: checkpoint,
                allowing: .init(misshaped: [predictor + ".weight", predictor + ".bias"]))
            let fresh = snapshot([predictor + ".weight", predictor + ".bias"])
            try network.parameters.fill(from: mapping)
            restore(fresh)
        }
        var reused: [String] = []
        if let source {
            reused = try reuseClassifierRows(of: checkpoint, source: source, predictor: predictor)
        }
        return InitializationReport(
            path: checkpoint.path, architecture: suggestArchitecture(checkpoint),
            filledCount: mapping.assignments.count, freshNames: mapping.keptMissing.map(\.name),
            reusedCategories: reused)
    }

    private func snapshot(_ names: [String]) -> [(parameter: Parameter, values: [Float])] {
        names.compactMap { name in network.parameters[name].map { ($0, Array($0.values)) } }
    }

    private func restore(_ saved: [(parameter: Parameter, values: [Float])]) {
        for (parameter, values) in saved { parameter.update { _ = $0.update(fromContentsOf: values) } }
    }

    /// Copies the rows of equally named categories; output `anchor · classes + column` stands for a column.
    private func reuseClassifierRows(of checkpoint: Checkpoint, source: Configuration, predictor: String) throws
        -> [String]
    {
        let anchors = configuration.network.anchors.countPerCell
        guard source.network.anchors.countPerCell == anchors,
            source.network.channels == configuration.network.channels
        else { return [] }
        let columns = Dictionary(
            source.categories.map { ($0.name.lowercased(), $0.column) }, uniquingKeysWith: { first, _ in first })
        var pairs = configuration.categories.compactMap { category in
            columns[category.name.lowercased()].map { (name: category.name, from: $0, to: category.column) }
        }
        let names = pairs.map(\.name)
        pairs.append((name: "", from: 0, to: 0))  // The background column is common to all.
        for part in [".weight", ".bias"] {
            guard let parameter = network.parameters[predictor + part],
                let tensor = checkpoint.tensors.first(where: { $0.name.hasSuffix(predictor + part) })
            else { continue }
            let values = try tensor.floats()
            let rowSize = parameter.count / (anchors * configuration.network.classCount)
            parameter.update { target in
                for pair in pairs {
                    for anchor in 0..<anchors {
                        let from = (anchor * source.network.classCount + pair.from) * rowSize
                        let to = (anchor * configuration.network.classCount + pair.to) * rowSize
                        for index in 0..<rowSize { target[to + index] = values[from + index] }
                    }
                }
            }
        }
        return names
    }
}
