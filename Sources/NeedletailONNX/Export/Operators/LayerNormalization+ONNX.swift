import NeedletailGraph

/// In its parts where channels are not the last dimension, which is where ONNX's own operator looks for them.
extension LayerNormalization: ONNXPointwise {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        let place = site.axes.channels
        if place == site.axes.rank - 1, place > 1, site.writer.opset >= 17 {
            return [
                site.node(
                    "LayerNormalization", [site.inputs[0], site.weight(weight), site.weight(bias)],
                    ["axis": .integer(-1), "epsilon": .float(epsilon)])
            ]
        }
        func mean(_ value: String) -> String {
            site.writer.reduce("ReduceMean", value, axes: [place], named: site.name)
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
