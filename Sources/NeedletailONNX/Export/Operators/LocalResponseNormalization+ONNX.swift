import NeedletailGraph

/// Of an even number of channels ONNX sums one more above than below, and we one more below: with the channels in the opposite
/// order that is the same.
extension LocalResponseNormalization: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        let writer = site.writer, channels = site.inputTypes[0].shape.channels
        let isRow = !site.inputTypes[0].shape.isMap
        func reversed(_ value: String) -> String {
            size.isMultiple(of: 2)
                ? writer.gather(value, (0..<channels).reversed(), axis: 1, named: site.name) : value
        }
        var value = reversed(site.inputs[0])
        if isRow { value = writer.reshape(value, [0, 0, 1, 1], named: site.name) }
        value = site.node(
            "LRN", [value],
            ["size": .integer(Int64(size)), "alpha": .float(alpha), "beta": .float(beta), "bias": .float(k)])
        if isRow { value = site.node("Flatten", [value], ["axis": .integer(1)]) }
        return [reversed(value)]
    }
}
