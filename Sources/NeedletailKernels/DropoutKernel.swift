import NeedletailRandom

/// Sets numbers to 0 at random and multiplies the others by `1 / (1 - probability)`.
public struct DropoutKernel: Sendable {
    public var count: Int
    public var probability: Float

    public init(count: Int, probability: Float) {
        self.count = count
        self.probability = probability
    }

    /// Writes or adds the numbers of `input` that stay.
    ///
    /// - Parameter stream: One number of it a number of the input: which stay follows from it alone, for the input and for
    ///   the gradient.
    public func apply(
        _ stream: RandomStream, to input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
        accumulates: Bool, pool: ThreadPool
    ) {
        let scale = 1 / (1 - probability)
        pool.run(count: count, grain: Elementwise.grain) { range, _ in
            var stream = stream
            stream.skip(range.lowerBound)
            for index in range {
                let value = stream.nextUnit() < probability ? 0 : input[index] * scale
                output[index] = accumulates ? output[index] + value : value
            }
        }
    }
}
