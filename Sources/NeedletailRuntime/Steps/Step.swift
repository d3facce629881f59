import NeedletailKernels

/// One entry of a plan: what to run forward, and backward if the plan is for training.
///
/// A step refers to memory by number; the plan decides where each buffer lies.
protocol Step {
    func forward(_ context: ExecutionContext)
    func backward(_ context: ExecutionContext)
    /// Floats of scratch that one worker needs.
    var scratchCount: Int { get }
    /// Floats of scratch that the workers share.
    var sharedScratchCount: Int { get }
}

extension Step {
    var scratchCount: Int { 0 }
    var sharedScratchCount: Int { 0 }
}

/// A buffer of a plan.
struct BufferID: Hashable {
    var index: Int
}

/// Where a step sends the gradient of one of its inputs.
struct GradientTarget {
    var buffer: BufferID
    /// Whether another step has written there before: then add.
    var accumulates: Bool
}

/// What a step sees while the plan runs.
struct ExecutionContext {
    let arena: UnsafeMutablePointer<Float>
    let offsets: [Int]
    let scratch: Scratch
    let pool: ThreadPool
    let packedWeights: PackedWeights
    /// Nil in a forward pass.
    let gradients: ParameterGradients?

    subscript(buffer: BufferID) -> UnsafeMutablePointer<Float> { arena + offsets[buffer.index] }

    func gradient(for parameter: Parameter) -> UnsafeMutablePointer<Float>? { gradients?.pointer(for: parameter) }
}
