import NeedletailGraph

extension Addition: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] { [site.node("Add", site.inputs)] }
}

/// A factor for each channel is one of a single pixel, which counts for all.
extension Multiplication: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] { [site.node("Mul", site.inputs)] }
}

extension Concatenation: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        // Channels come second.
        let rank = site.outputTypes[0].shape.rank, axis = axis ?? rank - 1
        let own = axis == 0 ? 0 : axis == rank - 1 ? 1 : axis + 1
        return [site.writer.concatenate(site.inputs, axis: own, named: site.name)]
    }
}

extension Softmax: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] {
        [site.node("Softmax", site.inputs, ["axis": .integer(1)])]
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
extension Dropout: ONNXOperator {
    func write(at site: ONNXSite) throws(ONNXError) -> [String] { site.inputs }
}
