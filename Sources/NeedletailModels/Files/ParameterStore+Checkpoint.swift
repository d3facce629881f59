import NeedletailCheckpoints
import NeedletailGraph

extension ParameterStore {
    /// Names and shapes, as a weight file must have them.
    public var expected: [ExpectedParameter] { parameters.map { ExpectedParameter(name: $0.name, shape: $0.shape) } }

    /// Copies the tensors that a mapping assigned into their parameters.
    ///
    /// - Parameter takesOver: Whether tensors are used where they lie in the file if that is possible, instead of being
    ///   copied. Nobody else may use the checkpoint's tensors then.
    /// - Throws: `CheckpointError` when a tensor does not hold numbers, or such that are not finite.
    public func fill(from mapping: ParameterMapping, takesOver: Bool = false) throws {
        var taken: [Range<UInt>] = []
        for assignment in mapping.assignments {
            guard let parameter = self[assignment.parameter.name] else { continue }
            let tensor = assignment.tensor
            let mapped: FloatStorage? =
                !takesOver
                ? nil
                : tensor.withUnsafeFloats { floats in
                    let start = UInt(bitPattern: floats.baseAddress)
                    let range = start..<start + UInt(floats.count * MemoryLayout<Float>.stride)
                    // Two names may stand for one tensor; two parameters must not.
                    guard !floats.isEmpty, !taken.contains(where: { $0.overlaps(range) }) else { return nil }
                    taken.append(range)
                    return FloatStorage(sharing: floats, of: tensor.owner)
                } ?? nil
            if let mapped {
                parameter.adopt(mapped)
            } else {
                let values = try tensor.floats()
                try parameter.reserve()
                parameter.update { _ = $0.update(fromContentsOf: values) }
            }
            // What was looked through is read again when it is packed, from the file that the system keeps in its memory.
            for start in stride(from: 0, to: parameter.count, by: 1 << 18) {
                let range = start..<min(parameter.count, start + (1 << 18))
                guard UnsafeBufferPointer(rebasing: parameter.values[range]).areFinite else {
                    throw CheckpointError(path: tensor.path, reason: .notFinite(name: tensor.name))
                }
                parameter.dropPages(of: range)
            }
            parameter.dropPages()
        }
    }

    /// Writes all parameters as a safetensors file, whole or not at all.
    ///
    /// - Throws: `CheckpointError`
    public func write(to path: String, metadata: [String: String]) throws {
        try file(metadata: metadata).write(to: path)
    }

    /// All parameters as a file to be written.
    func file(metadata: [String: String]) throws -> SafetensorsFile {
        var file = SafetensorsFile(metadata: metadata)
        for parameter in parameters {
            try parameter.reserve()
            file.append(name: parameter.name, scalarType: .float32, shape: parameter.shape) { body in
                try body(UnsafeRawBufferPointer(parameter.values))
            }
        }
        return file
    }
}
