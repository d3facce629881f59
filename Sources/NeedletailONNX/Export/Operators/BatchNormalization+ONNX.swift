import NeedletailGraph

/// Where no layer before it could take it in.
extension BatchNormalization: ONNXPointwise {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        // What other networks multiply and add has no epsilon here.
        let value = site.axes.channels == 1 && epsilon > 0 ? normalized(at: site) : scaled(at: site)
        return [activation.map { $0.write(value, at: site) } ?? value]
    }

    private func normalized(at site: ONNXSite) -> String {
        site.node(
            "BatchNormalization", [site.inputs[0]] + [weight, bias, mean, variance].map { site.weight($0) },
            ["epsilon": .float(epsilon)])
    }

    /// Where channels are not second, which is where ONNX's operator looks for them.
    private func scaled(at site: ONNXSite) -> String {
        let affine = (0..<weight.count).map { self.affine(ofChannel: $0) }
        func numbers(_ values: [Float], _ name: String) -> String {
            guard let first = values.first, values.allSatisfy({ $0 == first }) else {
                return site.channelNumbers(values, named: name)
            }
            return site.writer.float(first, named: name)
        }
        var value = site.inputs[0]
        if affine.contains(where: { $0.factor != 1 }) {
            value = site.node("Mul", [value, numbers(affine.map(\.factor), weight.name)])
        }
        if affine.contains(where: { $0.offset != 0 }) {
            value = site.node("Add", [value, numbers(affine.map(\.offset), bias.name)])
        }
        return value
    }
}
