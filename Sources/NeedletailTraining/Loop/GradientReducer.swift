import NeedletailGraph
import NeedletailKernels
import NeedletailRuntime

/// What stands between the gradients of batches and the optimiser: brings those of the batches of one step together.
///
/// A plan adds the gradients of its batch to ``gradients``, batch after batch in the order of the data, so that the sum has
/// the same bits whoever computes it. A step is taken with the mean.
public struct GradientReducer {
    public let gradients: ParameterGradients
    /// Batches whose gradients have been added.
    public private(set) var batchCount = 0

    /// - Throws: `OutOfMemoryError`
    public init(parameters: [Parameter]) throws(OutOfMemoryError) {
        gradients = try ParameterGradients(parameters: parameters)
    }

    /// Forgets what was added.
    public mutating func reset() {
        gradients.reset()
        batchCount = 0
    }

    /// Counts a batch whose gradients a plan has added.
    public mutating func countBatch() { batchCount += 1 }

    /// Makes of the sum the mean.
    ///
    /// - Returns: Nil when there was no batch.
    public func reduced(pool: ThreadPool) -> ParameterGradients? {
        guard batchCount > 0 else { return nil }
        if batchCount > 1 { gradients.scale(by: 1 / Float(batchCount), pool: pool) }
        return gradients
    }
}
