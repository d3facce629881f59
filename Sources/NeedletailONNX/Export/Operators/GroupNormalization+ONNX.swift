import NeedletailGraph

/// The numbers of a group as one long channel, normalised by itself: ONNX's own operator takes a factor for each channel from
/// opset 21 on only, and few programs know it.
extension GroupNormalization: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        let writer = site.writer, name = site.name, shape = site.inputTypes[0].shape
        let rows = writer.reshape(site.inputs[0], [0, groups, -1], named: name)
        let ones = writer.floats([Float](repeating: 1, count: groups), [groups], named: name + "/ones")
        let zeros = writer.floats([Float](repeating: 0, count: groups), [groups], named: name + "/zeros")
        let normalized = site.node("InstanceNormalization", [rows, ones, zeros], ["epsilon": .float(epsilon)])
        let maps =
            site.isSizeFree
            ? site.node("Reshape", [normalized, writer.node("Shape", [site.inputs[0]], named: name + "/shape-of")])
            : writer.reshape(normalized, [-1, shape.channels, shape.height, shape.width], named: name)
        return [
            site.node(
                "Add", [site.node("Mul", [maps, site.channelWeight(weight)]), site.channelWeight(bias)])
        ]
    }
}
