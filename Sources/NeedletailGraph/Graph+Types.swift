extension Graph {
    /// The types of all results of every node.
    ///
    /// - Parameter inputTypes: Of ``inputs``, in their order.
    /// - Throws: ``GraphError`` that names the node whose inputs do not fit.
    public func types(inputs inputTypes: [TensorType]) throws(GraphError) -> [[TensorType]] {
        precondition(inputTypes.count == inputs.count, "\(inputTypes.count) types for \(inputs.count) inputs")
        var types: [[TensorType]] = []
        types.reserveCapacity(nodes.count)
        var given = inputTypes.makeIterator()
        for node in nodes {
            do throws(OperatorError) {
                if let input = node.operation as? Input, let type = given.next() {
                    try input.check(type)
                    types.append([type])
                    continue
                }
                let read = node.inputs.map { types[$0.node][$0.output] }
                let results = try node.operation.outputTypes(of: read)
                for result in results where result.shape.dimensions.contains(where: { $0 <= 0 }) {
                    throw OperatorError(Self.nothingLeft(of: read, inputs: inputTypes), kind: .tooSmall)
                }
                types.append(results)
            } catch {
                throw GraphError(error.kind, node: node.name, problem: error.problem)
            }
        }
        return types
    }

    private static func nothingLeft(of read: [TensorType], inputs: [TensorType]) -> String {
        let image = inputs.first { $0.shape.isMap }?.shape
        let size = image.map { "an image of \($0.width)x\($0.height) pixels" } ?? "the input"
        guard let map = read.first?.shape, map.isMap else { return "\(size) leaves nothing of its map" }
        return "\(size) is too small for the network: of a map of \(map.width)x\(map.height) nothing is left here"
    }

    /// The type of each output.
    ///
    /// - Throws: As ``types(inputs:)``.
    public func outputTypes(inputs inputTypes: [TensorType]) throws(GraphError) -> [TensorType] {
        let types = try types(inputs: inputTypes)
        return outputs.map { types[$0.port.node][$0.port.output] }
    }
}
