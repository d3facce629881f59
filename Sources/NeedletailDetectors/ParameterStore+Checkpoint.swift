import NeedletailCheckpoints
import NeedletailRuntime

extension ParameterStore {
    /// Names and shapes, as a weight file must have them.
    public var expected: [ExpectedParameter] { parameters.map { ExpectedParameter(name: $0.name, shape: $0.shape) } }

    /// Copies the tensors that a mapping assigned into their parameters.
    ///
    /// - Throws: `CheckpointError` when a tensor does not hold numbers.
    public func fill(from mapping: ParameterMapping) throws {
        for assignment in mapping.assignments {
            guard let parameter = self[assignment.parameter.name] else { continue }
            let values = try assignment.tensor.floats()
            parameter.update { _ = $0.update(fromContentsOf: values) }
        }
    }

    /// Writes all parameters as a safetensors file, whole or not at all.
    ///
    /// - Throws: `CheckpointError`
    public func write(to path: String, metadata: [String: String]) throws {
        var file = SafetensorsFile(metadata: metadata)
        for parameter in parameters {
            file.append(name: parameter.name, scalarType: .float32, shape: parameter.shape) { body in
                try body(UnsafeRawBufferPointer(parameter.values))
            }
        }
        try file.write(to: path)
    }
}
