import NeedletailGraph

extension Addition: ONNXPointwise {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] { [site.node("Add", site.inputs)] }
}

/// A factor for each channel is one of a single pixel, which counts for all.
extension Multiplication: ONNXPointwise {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] { [site.node("Mul", site.inputs)] }
}

extension Concatenation: ONNXPointwise {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        let place = site.axes.place(of: axis ?? site.axes.rank - 1)
        return [site.writer.concatenate(site.inputs, axis: place, named: site.name)]
    }
}

extension Softmax: ONNXPointwise {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        [site.node("Softmax", site.inputs, ["axis": .integer(Int64(site.axes.channels))])]
    }
}

/// All pixels of the first channel come first, which is how maps lie in ONNX.
extension Flatten: ONNXOperator {
    func needsFixedSize(of inputs: [TensorType]) -> Bool {
        inputs[0].shape.isMap && inputs[0].shape.height * inputs[0].shape.width > 1
    }

    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        [site.node("Flatten", site.inputs, ["axis": .integer(1)])]
    }
}

/// Nothing is dropped where nothing is trained.
extension Dropout: ONNXPointwise {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] { site.inputs }
}
