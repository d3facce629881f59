import NeedletailGraph

extension WeightedOperator {
    /// Writes each map that the operator is applied to, with what its epilogue does behind it.
    ///
    /// - Parameters:
    ///   - shape: Of the weights.
    ///   - isTransposed: Whether they are a matrix whose rows are the inputs.
    ///   - body: Writes the operation on an input.
    func write(
        at site: ONNXSite, weightShape shape: [Int], isTransposed: Bool = false,
        _ body: (_ input: String, _ weights: [String]) -> String
    ) -> [String] {
        let weights = weights(at: site, shape: shape, isTransposed: isTransposed)
        return stride(from: 0, to: site.inputs.count, by: epilogue.addsResidual ? 2 : 1).map { first in
            var value = body(site.inputs[first], weights)
            if epilogue.addsResidual { value = site.node("Add", [value, site.inputs[first + 1]]) }
            return epilogue.activation.map { $0.write(value, at: site) } ?? value
        }
    }

    /// Weights and offsets, normalisation folded in; once, however often the layer is applied.
    private func weights(at site: ONNXSite, shape: [Int], isTransposed: Bool) -> [String] {
        let source = WeightSource(
            weight: weight, normalization: epilogue.normalization, shape: shape, isTransposed: isTransposed)
        func written(_ values: some RandomAccessCollection<Float>) -> String {
            guard isTransposed else { return site.writer.weight(values, shape, named: weight.name) }
            let (rows, columns) = (shape[0], shape[1]), values = Array(values)
            let turned = (0..<rows * columns).map { values[$0 % columns * rows + $0 / columns] }
            return site.writer.weight(turned, shape, named: weight.name)
        }
        return site.writer.weights(for: source) {
            guard let normalization = epilogue.normalization else {
                return [written(weight.values)]
                    + (bias.map { [site.writer.weight($0.values, $0.shape, named: $0.name)] } ?? [])
            }
            let outputs = weight.shape[0], perOutput = weight.count / max(outputs, 1)
            let affine = (0..<outputs).map { normalization.affine(ofChannel: $0, bias: bias?.values[$0] ?? 0) }
            var folded = Array(weight.values)
            for index in folded.indices { folded[index] *= affine[index / perOutput].factor }
            return [
                written(folded),
                site.writer.weight(
                    affine.map(\.offset), [outputs], named: bias?.name ?? normalization.bias.name),
            ]
        }
    }
}

/// What weights in a file are made of.
private struct WeightSource: Hashable {
    var weight: Parameter
    var normalization: BatchNormalization?
    var shape: [Int]
    var isTransposed: Bool
}
