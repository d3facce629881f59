import NeedletailGraph

/// In its parts: ONNX's own operator looks at the last dimensions, and channels are the second.
extension LayerNormalization: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        func mean(_ value: String) -> String {
            site.writer.reduce("ReduceMean", value, axes: [1], named: site.name)
        }
        let centered = site.node("Sub", [site.inputs[0], mean(site.inputs[0])])
        let variance = mean(site.node("Mul", [centered, centered]))
        let least = site.writer.float(epsilon, named: site.name + "/epsilon")
        let deviation = site.node("Sqrt", [site.node("Add", [variance, least])])
        let normalized = site.node("Div", [centered, deviation])
        return [
            site.node("Add", [site.node("Mul", [normalized, site.channelWeight(weight)]), site.channelWeight(bias)])
        ]
    }
}
