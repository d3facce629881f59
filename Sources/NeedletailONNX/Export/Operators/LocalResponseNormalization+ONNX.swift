import NeedletailGraph

/// ONNX's own operator where as many channels are summed below as above. Programs refuse an even number, or shift it: then the
/// sum is a convolution of the squares.
extension LocalResponseNormalization: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        let isRow = site.axes.rank == 2
        let value =
            isRow ? site.writer.reshape(site.inputs[0], [0, 0, 1, 1], named: site.name) : site.inputs[0]
        let result = size.isMultiple(of: 2) ? quotient(value, at: site) : normalized(value, at: site)
        return [isRow ? site.node("Flatten", [result], ["axis": .integer(1)]) : result]
    }

    private func normalized(_ value: String, at site: ONNXSite) -> String {
        site.node(
            "LRN", [value],
            ["size": .integer(Int64(size)), "alpha": .float(alpha), "beta": .float(beta), "bias": .float(k)])
    }

    private func quotient(_ value: String, at site: ONNXSite) -> String {
        let channels = site.inputTypes[0].shape.channels, name = site.name + "/window"
        let share = alpha / Float(size)
        let window = (0..<channels).flatMap { own in
            (0..<channels).map { (own - size / 2..<own + size / 2).contains($0) ? share : 0 }
        }
        let sum = site.node(
            "Conv",
            [
                site.node("Mul", [value, value]), site.writer.floats(window, [channels, channels, 1, 1], named: name),
                site.writer.floats([Float](repeating: k, count: channels), [channels], named: name + ".bias"),
            ])
        return site.node(
            "Div", [value, site.node("Pow", [sum, site.writer.float(beta, named: site.name + "/beta")])])
    }
}
