import NeedletailKernels

/// What a training plan makes of its batch, in one block of memory: the gradients of a set of parameters, and what becomes of
/// running statistics, which are not changed themselves.
public final class ParameterGradients {
    /// The parameters that training changes, in a fixed order.
    public let parameters: [Parameter]
    /// The running statistics that have a place here.
    public let statistics: [Parameter]
    private let storage: FloatStorage
    /// Of the numbers that are gradients.
    private let count: Int
    private var offsets: [Parameter: Int] = [:]
    private var statisticOffsets: [Parameter: Int] = [:]
    private let starts: [Int]

    /// - Parameter statistics: Those of which plans write here what becomes of them; plans change all others.
    /// - Throws: ``OutOfMemoryError``
    public init(parameters: [Parameter], statistics: [Parameter] = []) throws(OutOfMemoryError) {
        self.parameters = parameters
        self.statistics = statistics
        var starts: [Int] = []
        var count = 0
        for parameter in parameters {
            offsets[parameter] = count
            starts.append(count)
            count += (parameter.count + 15) / 16 * 16
        }
        self.starts = starts
        self.count = count
        for statistic in statistics {
            statisticOffsets[statistic] = count
            count += statistic.count
        }
        storage = try FloatStorage(count: count)
    }

    /// All gradients, with some zeros between them, and the statistics behind them.
    package var block: UnsafeMutableBufferPointer<Float> { storage.values }

    /// What the batch makes of a running statistic; nil where it is changed itself.
    public func values(ofStatistic statistic: Parameter) -> UnsafeBufferPointer<Float>? {
        pointer(forStatistic: statistic).map { UnsafeBufferPointer(start: $0, count: statistic.count) }
    }

    /// Where it is written what becomes of a running statistic, or nil when it is changed itself.
    func pointer(forStatistic statistic: Parameter) -> UnsafeMutablePointer<Float>? {
        statisticOffsets[statistic].map { storage.pointer + $0 }
    }

    /// Does something with the place of each statistic.
    package func forEachStatistic(_ body: (Parameter, UnsafeMutableBufferPointer<Float>) -> Void) {
        for statistic in statistics {
            guard let place = pointer(forStatistic: statistic) else { continue }
            body(statistic, UnsafeMutableBufferPointer(start: place, count: statistic.count))
        }
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

    /// Begins anew: gradients at zero, statistics as they are.
    public func reset() {
        storage.values[..<count].update(repeating: 0)
        forEachStatistic { statistic, place in _ = place.update(fromContentsOf: statistic.values) }
    }

    /// The Euclidean norm of all gradients taken together.
    public func norm(pool: ThreadPool) -> Float {
        let blockSize = 65_536
        let blocks = (count + blockSize - 1) / blockSize
        var partial = [Double](repeating: 0, count: blocks)
        partial.withUnsafeMutableBufferPointer { partial in
            // The buffer's chunks are disjoint; the sum over them is taken in order below.
            nonisolated(unsafe) let partial = partial
            pool.run(chunks: blocks) { block, _ in
                let range = block * blockSize..<min((block + 1) * blockSize, count)
                partial[block] = Self.sumOfSquares(UnsafeBufferPointer(rebasing: storage.values[range]))
            }
        }
        return Float(partial.reduce(0, +).squareRoot())
    }

    /// - Parameter values: Eight or a multiple of them.
    private static func sumOfSquares(_ values: UnsafeBufferPointer<Float>) -> Double {
        // Sums side by side do not wait for one another.
        var sums = SIMD8<Double>()
        let bytes = UnsafeRawBufferPointer(values)
        for offset in stride(from: 0, to: bytes.count, by: MemoryLayout<SIMD8<Float>>.stride) {
            let eight = SIMD8<Double>(bytes.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self))
            sums += eight * eight
        }
        return sums.sum()
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
        pool.run(count: count, grain: 65_536) { range, _ in
            for index in range { storage.pointer[index] *= factor }
        }
    }
}
