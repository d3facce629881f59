import NeedletailGraph

/// On rows a matrix product, on maps the convolution whose kernel is the map.
extension Linear: ONNXOperator {
    func needsFixedSize(of inputs: [TensorType]) -> Bool {
        inputs[0].shape.isMap && inputs[0].shape.height * inputs[0].shape.width > 1
    }

    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        let input = site.inputTypes[0].shape
        guard input.isMap else {
            return write(at: site, weightShape: weight.shape) { site.writer.linear($0, $1, named: site.name) }
        }
        let isRow = !site.outputTypes[0].shape.isMap
        return write(
            at: site, weightShape: [weight.shape[0], input.channels, input.height, input.width]
        ) { value, weights in
            let map = site.node("Conv", [value] + weights)
            return isRow ? site.node("Flatten", [map], ["axis": .integer(1)]) : map
        }
    }
}
