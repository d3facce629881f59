import NeedletailKernels

/// One entry of a plan: what to run forward, and backward if the plan is for training.
///
/// A step refers to memory by number; the plan decides where each buffer lies.
public protocol Step {
    func forward(_ context: ExecutionContext)
    func backward(_ context: ExecutionContext)
    /// Makes room for what the step keeps of its weights, before it runs.
    ///
    /// - Throws: ``OutOfMemoryError``
    func prepare(_ packedWeights: PackedWeights) throws(OutOfMemoryError)
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
    public func prepare(_ packedWeights: PackedWeights) throws(OutOfMemoryError) {}
    public var scratchCount: Int { 0 }
    public var sharedScratchCount: Int { 0 }
    public var label: String {
        var name = String(describing: type(of: self))
        if name.hasSuffix("Step") { name.removeLast(4) }
        return name
    }
    public var multiplyAdds: Int { 0 }
}

/// A buffer of a plan.
public struct BufferID: Hashable, Sendable {
    public var index: Int

    package init(index: Int) { self.index = index }
}

/// Where a step sends the gradient of one of its inputs.
public struct GradientTarget: Hashable, Sendable {
    public var buffer: BufferID
    /// Whether another step has written there before: then add.
    public var accumulates: Bool

    package init(buffer: BufferID, accumulates: Bool) {
        self.buffer = buffer
        self.accumulates = accumulates
    }
}

/// What decides the random numbers of one run of a plan: the same seed and step give the same ones.
public struct RandomDraw: Hashable, Sendable {
    public var seed: UInt64
    /// Differs from batch to batch.
    public var step: Int

    public init(seed: UInt64 = 0, step: Int = 0) {
        self.seed = seed
        self.step = step
    }
}

/// What a step sees while the plan runs.
public struct ExecutionContext {
    private let arena: UnsafeMutablePointer<Float>
    private let offsets: [Int]
    public let scratch: Scratch
    public let pool: ThreadPool
    let packedWeights: PackedWeights
    /// Of what is drawn while the plan runs.
    let draw: RandomDraw
    /// What the plan trains, if it is for training.
    private let trained: ParameterGradients?

    package init(
        arena: UnsafeMutablePointer<Float>, offsets: [Int], scratch: Scratch, pool: ThreadPool,
        packedWeights: PackedWeights, draw: RandomDraw, trained: ParameterGradients?
    ) {
        self.arena = arena
        self.offsets = offsets
        self.scratch = scratch
        self.pool = pool
        self.packedWeights = packedWeights
        self.draw = draw
        self.trained = trained
    }

    /// Where the numbers of a buffer lie.
    public subscript(buffer: BufferID) -> UnsafeMutablePointer<Float> { arena + offsets[buffer.index] }

    /// Where the gradient of a parameter is summed, or nil when it is not trained.
    public func gradient(for parameter: Parameter) -> UnsafeMutablePointer<Float>? { trained?.pointer(for: parameter) }

    /// Changes running statistics, where they have a place apart from the parameters there.
    func update(
        _ first: Parameter, _ second: Parameter,
        by body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void
    ) {
        if let first = trained?.pointer(forStatistic: first), let second = trained?.pointer(forStatistic: second) {
            return body(first, second)
        }
        first.update { first in
            second.update { second in
                if let first = first.baseAddress, let second = second.baseAddress { body(first, second) }
            }
        }
    }
}
