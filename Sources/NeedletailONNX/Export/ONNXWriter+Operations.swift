import NeedletailCheckpoints

/// Operations that several operators and layouts are made of.
extension ONNXWriter {
    /// - Parameter shape: -1 for what follows from the rest, 0 for what stays.
    func reshape(_ value: String, _ shape: [Int], named name: String) -> String {
        node("Reshape", [value, integers(shape, named: name + "/shape")], named: name)
    }

    func transpose(_ value: String, _ order: [Int], named name: String) -> String {
        node("Transpose", [value], ["perm": .integers(order.map { Int64($0) })], named: name)
    }

    func concatenate(_ values: [String], axis: Int, named name: String) -> String {
        values.count == 1 ? values[0] : node("Concat", values, ["axis": .integer(Int64(axis))], named: name)
    }

    /// A part of an axis, every `step`th; nil for to its end.
    func slice(
        _ value: String, axes: [Int], from starts: [Int], to ends: [Int]? = nil, steps: [Int]? = nil, named name: String
    ) -> String {
        var inputs = [
            value, integers(starts, named: name + "/starts"),
            integers(ends ?? axes.map { _ in Int(Int32.max) }, named: name + "/ends"),
            integers(axes, named: name + "/axes"),
        ]
        if let steps { inputs.append(integers(steps, named: name + "/steps")) }
        return node("Slice", inputs, named: name)
    }

    /// Places of an axis, in the order given.
    func gather(_ value: String, _ places: [Int], axis: Int, named name: String) -> String {
        node(
            "Gather", [value, integers(places, named: name + "/places")], ["axis": .integer(Int64(axis))], named: name)
    }

    /// Such as `ReduceMean`, over axes that stay with a length of 1 unless they are dropped. Up to opset 17 these are an
    /// attribute, but of sums.
    func reduce(
        _ kind: String, _ value: String, axes: [Int], keepsAxes: Bool = true, named name: String
    ) -> String {
        let keeps = ONNXAttribute.integer(keepsAxes ? 1 : 0)
        return opset < 18 && kind != "ReduceSum"
            ? node(kind, [value], ["axes": .integers(axes.map { Int64($0) }), "keepdims": keeps], named: name)
            : node(kind, [value, integers(axes, named: name + "/axes")], ["keepdims": keeps], named: name)
    }

    func cast(_ value: String, to type: StoredTensor.ScalarType, named name: String) -> String {
        node("Cast", [value], ["to": .integer(Int64(type.onnxCode))], named: name)
    }

    /// Sizes of dimensions, as a vector of integers.
    func sizes(of value: String, _ dimensions: Range<Int>, named name: String) -> String {
        slice(
            node("Shape", [value], named: name + "/shape-of"), axes: [0], from: [dimensions.lowerBound],
            to: [dimensions.upperBound], named: name)
    }

    /// The numbers of a row times a matrix of `[outputs, inputs]`.
    func linear(_ value: String, _ weights: [String], named name: String) -> String {
        node("Gemm", [value] + weights, ["transB": .integer(1)], named: name)
    }
}
