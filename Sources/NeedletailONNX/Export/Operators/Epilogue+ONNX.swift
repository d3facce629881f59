import NeedletailGraph

extension WeightedOperator {
    /// Writes each map that the operator is applied to, with what its epilogue does behind it.
    ///
    /// - Parameters:
    ///   - shape: Of the weights.
    ///   - body: Writes the operation on an input.
    func write(
        at site: ONNXSite, weightShape shape: [Int], _ body: (_ input: String, _ weights: [String]) -> String
    ) -> [String] {
        let weights = weights(at: site, shape: shape)
        return stride(from: 0, to: site.inputs.count, by: epilogue.addsResidual ? 2 : 1).map { first in
            var value = body(site.inputs[first], weights)
            if epilogue.addsResidual { value = site.node("Add", [value, site.inputs[first + 1]]) }
            return epilogue.activation.map { $0.write(value, at: site) } ?? value
        }
    }

    /// Weights and offsets, normalisation folded in; once, however often the layer is applied.
    private func weights(at site: ONNXSite, shape: [Int]) -> [String] {
        let source = WeightSource(weight: weight, normalization: epilogue.normalization, shape: shape)
        return site.writer.weights(for: source) {
            guard let normalization = epilogue.normalization else {
                return [site.writer.weight(weight.values, shape, named: weight.name)]
                    + (bias.map { [site.writer.weight($0.values, $0.shape, named: $0.name)] } ?? [])
            }
            let outputs = weight.shape[0], perOutput = weight.count / max(outputs, 1)
            let affine = (0..<outputs).map { normalization.affine(ofChannel: $0, bias: bias?.values[$0] ?? 0) }
            var folded = Array(weight.values)
            for index in folded.indices { folded[index] *= affine[index / perOutput].factor }
            return [
                site.writer.weight(folded, shape, named: weight.name),
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
}
