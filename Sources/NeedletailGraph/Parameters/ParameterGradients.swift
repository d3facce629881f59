import NeedletailKernels

/// The gradients of a set of parameters, in one block of memory.
public final class ParameterGradients {
    /// The parameters that training changes, in a fixed order.
    public let parameters: [Parameter]
    private let storage: FloatStorage
    private var offsets: [Parameter: Int] = [:]
    private let starts: [Int]

    /// - Throws: ``OutOfMemoryError``
    public init(parameters: [Parameter]) throws(OutOfMemoryError) {
        self.parameters = parameters
        var starts: [Int] = []
        var count = 0
        for parameter in parameters {
            offsets[parameter] = count
            starts.append(count)
            count += (parameter.count + 15) / 16 * 16
        }
        self.starts = starts
        storage = try FloatStorage(count: count)
    }

    /// Where the gradient of a parameter is summed, or nil when the parameter is not trained.
    public func pointer(for parameter: Parameter) -> UnsafeMutablePointer<Float>? {
        offsets[parameter].map { storage.pointer + $0 }
    }

    /// The gradient of the parameter at `index` of ``parameters``.
    public subscript(index: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: storage.pointer + starts[index], count: parameters[index].count)
    }

    /// ``parameters`` as a set.
    public var set: Set<Parameter> { Set(parameters) }

    public func reset() {
        storage.values.update(repeating: 0)
    }

    /// The Euclidean norm of all gradients taken together.
    public func norm(pool: ThreadPool) -> Float {
        let blockSize = 65_536
        let blocks = (storage.count + blockSize - 1) / blockSize
        var partial = [Double](repeating: 0, count: blocks)
        partial.withUnsafeMutableBufferPointer { partial in
            // The buffer's chunks are disjoint; the sum over them is taken in order below.
            nonisolated(unsafe) let partial = partial
            pool.run(chunks: blocks) { block, _ in
                var sum = 0.0
                for index in block * blockSize..<min((block + 1) * blockSize, storage.count) {
                    let value = Double(storage.pointer[index])
                    sum += value * value
                }
                partial[block] = sum
            }
        }
        return Float(partial.reduce(0, +).squareRoot())
    }

    /// Shortens the gradients to a norm if theirs is greater, and returns the norm they had.
    ///
    /// As PyTorch's `clip_grad_norm_`, a small number keeps the division safe. Nothing is changed when the norm is
    /// not finite.
    @discardableResult
    public func clip(toNorm limit: Float, pool: ThreadPool) -> Float {
        let norm = norm(pool: pool)
        if norm > limit, norm.isFinite { scale(by: limit / (norm + 1e-6), pool: pool) }
        return norm
    }

    /// Multiplies all gradients by a number, such as one over the number of batches that were summed into them.
    public func scale(by factor: Float, pool: ThreadPool) {
        pool.run(count: storage.count, grain: 65_536) { range, _ in
            for index in range { storage.pointer[index] *= factor }
        }
    }
}
