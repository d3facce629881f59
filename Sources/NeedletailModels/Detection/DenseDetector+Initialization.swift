import NeedletailCheckpoints
import NeedletailGeometry
import NeedletailGraph

/// What a new model took over from a weight file.
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
    /// Why rows of categories that are called the same were not taken over; nil where they were, or there are none.
    public var unusedRows: String?
    /// Layers of batch normalisation whose statistics the file does not have: they are to be measured.
    public var unmeasuredNormalizations: [String] = []
    /// On how many images that was done.
    public var measuredImages = 0
}

extension ParameterMapping {
    /// The layers of batch normalisation that are filled without statistics, by the model's names.
    func foldedNormalizations(of checkpoint: Checkpoint) -> [String] {
        let folded = Set(checkpoint.foldedNormalizations.map { "\($0).running_var" })
        return assignments.filter { folded.contains($0.tensor.name) }
            .map { String($0.parameter.name.dropLast(".running_var".count)) }
    }
}

extension DenseDetector {
    /// Starts from the weights of a classifier or of another detector.
    ///
    /// A classifier fills the backbone. A detector fills everything; where its categories are others, the rows of
    /// the classification output are taken over for categories of the same name, and the rest stays fresh.
    ///
    /// - Throws: `ParameterMismatch` naming all parameters that do not fit and the likely architecture;
    ///   `CheckpointError`.
    public func initialize(from checkpoint: Checkpoint) throws -> InitializationReport {
        guard let source = try Self.configuration(of: checkpoint) else {
            return report(checkpoint, try loadClassifier(checkpoint), reusedCategories: [])
        }
        // Always by name: equal sizes do not make the categories equal.
        let predictors = configuration.network.classPredictors.flatMap { ["\($0.name).weight", "\($0.name).bias"] }
        let mapping = try ParameterMapping(
            of: parameters.expected, in: checkpoint, allowing: .init(misshaped: predictors))
        let fresh = predictors.compactMap { name in parameters[name].map { (parameter: $0, values: Array($0.values)) } }
        try parameters.fill(from: mapping)
        for (parameter, values) in fresh { parameter.update { _ = $0.update(fromContentsOf: values) } }
        return report(
            checkpoint, mapping, reusedCategories: try reuseClassRows(of: checkpoint, source: source))
    }

    /// Fills the backbone from a classifier, whatever the classifier calls its layers.
    private func loadClassifier(_ checkpoint: Checkpoint) throws -> ParameterMapping {
        let above = network.groups.filter { !$0.isBackbone }.flatMap(\.parameters).map(\.name)
        let names = configuration.network.classifierNames
        var owners: [String: String] = [:]
        let expected = parameters.expected.map { parameter in
            guard let (own, classifier) = names.first(where: { parameter.name.hasPrefix($0.own) }) else {
                return parameter
            }
            // Where names of a bare classifier are looked for.
            let name = "backbone.body." + classifier + parameter.name.dropFirst(own.count)
            owners[name] = parameter.name
            return ExpectedParameter(name: name, shape: parameter.shape)
        }
        let mapping = try ParameterMapping(of: expected, in: checkpoint, allowing: .init(missing: above))
            .renamed { owners[$0] ?? $0 }
        try parameters.fill(from: mapping)
        return mapping
    }

    private func report(
        _ checkpoint: Checkpoint, _ mapping: ParameterMapping, reusedCategories: [String]
    ) -> InitializationReport {
        InitializationReport(
            path: checkpoint.path, architecture: CheckpointArchitecture(checkpoint)?.description,
            filledCount: mapping.assignments.count, freshNames: mapping.keptMissing.map(\.name),
            reusedCategories: reusedCategories,
            unmeasuredNormalizations: mapping.foldedNormalizations(of: checkpoint))
    }

    /// Copies the rows of equally named categories; output `anchor · classes + column` stands for a class.
    private func reuseClassRows(
        of checkpoint: Checkpoint, source: Configuration
    ) throws -> [String] {
        let network = configuration.network, classCount = network.classCount
        let places = CategoryNameIndex(source.categories.map(\.name)).places(of: configuration.categories.map(\.name))
        var pairs = zip(configuration.categories, places).compactMap { category, places in
            places.first.map {
                (
                    name: category.name, from: source.network.output(ofClass: source.categories[$0].classIndex),
                    to: network.output(ofClass: category.classIndex)
                )
            }
        }
        let names = pairs.map(\.name)
        // The background is common to all.
        if network.hasBackgroundOutput { pairs.append((name: "", from: 0, to: 0)) }
        let predictors = network.classPredictors.flatMap { predictor in
            ["weight", "bias"].map { (name: "\(predictor.name).\($0)", anchors: predictor.predictionsPerCell) }
        }
        for (name, anchors) in predictors {
            guard let parameter = parameters[name],
                let tensor = checkpoint.tensors.first(where: { $0.name.hasSuffix(name) })
            else { continue }
            guard tensor.shape.first == anchors * source.network.classCount,
                tensor.shape.dropFirst() == parameter.shape.dropFirst()
            else { return [] }
            let values = try tensor.floats()
            let rowSize = parameter.count / (anchors * classCount)
            parameter.update { target in
                for pair in pairs {
                    for anchor in 0..<anchors {
                        let from = (anchor * source.network.classCount + pair.from) * rowSize
                        let to = (anchor * classCount + pair.to) * rowSize
                        for index in 0..<rowSize { target[to + index] = values[from + index] }
                    }
                }
            }
        }
        return names
    }
}
