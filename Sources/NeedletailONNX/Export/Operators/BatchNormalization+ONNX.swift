import NeedletailGraph

/// Where no layer before it could take it in.
extension BatchNormalization: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        let value = site.node(
            "BatchNormalization", [site.inputs[0]] + [weight, bias, mean, variance].map { site.weight($0) },
            ["epsilon": .float(epsilon)])
        return [activation.map { $0.write(value, at: site) } ?? value]
    }
}
