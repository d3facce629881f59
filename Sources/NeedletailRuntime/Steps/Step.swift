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
    /// What a person reads in a table of times.
    var label: String { get }
    /// Multiplications of the forward pass by the definition; 0 where they are not what takes the time.
    var multiplyAdds: Int { get }
}

extension Step {
    var scratchCount: Int { 0 }
    var sharedScratchCount: Int { 0 }
    var label: String {
        var name = String(describing: type(of: self))
        if name.hasSuffix("Step") { name.removeLast(4) }
        return name
    }
    var multiplyAdds: Int { 0 }
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
    /// What the plan trains, if it is for training.
    let trained: ParameterGradients?

    subscript(buffer: BufferID) -> UnsafeMutablePointer<Float> { arena + offsets[buffer.index] }

    func gradient(for parameter: Parameter) -> UnsafeMutablePointer<Float>? { trained?.pointer(for: parameter) }
}
