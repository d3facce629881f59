import NeedletailGraph
import NeedletailKernels
import NeedletailPlatform
import NeedletailSystem

/// A graph compiled for one input shape and one purpose.
///
/// Compiling fuses operators, drops what the purpose does not need, and lays all activations and gradients out in
/// one block of memory by the time in which each is alive. A training plan computes nothing backward below the
/// lowest trained parameter; a frozen part of the network runs in it as in inference.
public final class Plan {
    /// What a plan is for.
    public enum Purpose {
        /// Forward only, batch normalisation with its running statistics.
        case inference
        /// Forward and backward, summing gradients of exactly the parameters in the given set. Batch normalisation
        /// uses the batch's statistics where its own weights are trained, and the running ones elsewhere.
        case training(ParameterGradients)

        var gradients: ParameterGradients? {
            if case .training(let gradients) = self { gradients } else { nil }
        }
    }

    /// The shape of each input of the graph.
    public let inputShapes: [TensorShape]
    /// The shape of each output of the graph.
    public let outputShapes: [TensorShape]
    /// Bytes of activations, gradients and scratch that the plan needs.
    public let memorySize: Int

    /// The names of the graph's outputs.
    public let outputNames: [String]

    /// What is drawn in the next run, such as which numbers dropout keeps; a backward pass needs that of its forward pass.
    public var draw = RandomDraw()

    private let steps: [any Step]
    private let memory: PlanMemory
    private let layout: [Int]
    private let inputBuffers: [BufferID]
    private let outputBuffers: [BufferID]
    private let outputGradientBuffers: [BufferID?]
    private let purpose: Purpose
    /// Where a plan for training sums gradients; another may be put in its place, of the same parameters.
    public var gradients: ParameterGradients? {
        didSet {
            precondition(
                gradients?.parameters == purpose.gradients?.parameters, "gradients of other parameters than the plan's")
        }
    }
    private let pool: ThreadPool
    private let packedWeights: PackedWeights
    private let scratchPerWorker: Int

    /// Compiles `graph`.
    ///
    /// - Parameters:
    ///   - inputShapes: The inputs' shapes; their channels must be the graph's.
    ///   - packedWeights: Shared by the plans of one network, so that weights are packed once.
    ///   - memory: Shared by plans that take turns; the plan's own unless given.
    ///   - convolutions: How convolutions are computed.
    ///   - threadCount: Threads that the work is cut for; the pool's unless given.
    /// - Throws: `GraphError` when a shape does not fit an operator, ``PlanError`` or `OutOfMemoryError` when the
    ///   plan does not fit into memory.
    public init(
        graph: Graph, inputShapes: [TensorShape], purpose: Purpose, pool: ThreadPool,
        packedWeights: PackedWeights = PackedWeights(), memory: PlanMemory = PlanMemory(),
        convolutions: ConvolutionAlgorithm = .vector, threadCount: Int? = nil
    ) throws {
        let trained = purpose.gradients?.set ?? []
        let inputTypes = inputShapes.map { TensorType($0) }
        let flattening = FlattenTrainedMaps(trained: trained, inputTypes: inputTypes)
        let planner = try Planner(
            graph: flattening(graph.fused(training: trained)), inputTypes: inputTypes, trained: trained,
            convolutions: convolutions, threadCount: threadCount ?? pool.threadCount)
        self.inputShapes = inputShapes
        self.purpose = purpose
        gradients = purpose.gradients
        self.pool = pool
        self.packedWeights = packedWeights
        steps = planner.steps
        for parameter in graph.parameters { try parameter.reserve() }
        for step in steps { try step.prepare(packedWeights) }
        inputBuffers = planner.inputBuffers
        outputBuffers = planner.outputBuffers
        outputGradientBuffers = planner.outputGradientBuffers
        outputShapes = planner.outputTypes.map(\.shape)
        outputNames = graph.outputs.map(\.name)
        let (offsets, count) = planner.layout.offsets()
        layout = offsets
        let counts = PlanMemory.Counts(arena: count, steps: steps, pool: pool)
        scratchPerWorker = counts.scratchPerWorker
        memorySize = counts.byteCount
        let available = MemorySize.available
        guard memorySize < available else {
            throw PlanError(inputShape: inputShapes[0], needed: memorySize, available: available)
        }
        self.memory = memory
        try memory.reserve(counts)
    }

    /// The ``memorySize`` that a plan for inference would have, without one: no weights are drawn.
    ///
    /// - Throws: `GraphError`, `OutOfMemoryError`.
    public static func memorySize(of graph: Graph, inputShape: TensorShape, pool: ThreadPool) throws -> Int {
        let planner = try Planner(
            graph: graph.fused(), inputTypes: [TensorType(inputShape)], trained: [], convolutions: .vector,
            threadCount: pool.threadCount)
        return PlanMemory.Counts(arena: planner.layout.offsets().count, steps: planner.steps, pool: pool).byteCount
    }

    /// Compiles a graph of one input.
    public convenience init(
        graph: Graph, inputShape: TensorShape, purpose: Purpose, pool: ThreadPool,
        packedWeights: PackedWeights = PackedWeights(), memory: PlanMemory = PlanMemory(),
        convolutions: ConvolutionAlgorithm = .vector, threadCount: Int? = nil
    ) throws {
        try self.init(
            graph: graph, inputShapes: [inputShape], purpose: purpose, pool: pool, packedWeights: packedWeights,
            memory: memory, convolutions: convolutions, threadCount: threadCount)
    }

    /// The shape of the only input.
    public var inputShape: TensorShape { inputShapes[0] }

    /// Where the only input goes: `[batch, height, width, channels]`. It is not kept after ``forward()``.
    public var input: UnsafeMutableBufferPointer<Float> { input(0) }

    /// Where an input goes.
    public func input(_ index: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(
            start: arena + layout[inputBuffers[index].index], count: inputShapes[index].count)
    }

    /// The place of the output of a name.
    ///
    /// - Precondition: The graph has it.
    public func index(ofOutput name: String) -> Int {
        guard let index = outputNames.firstIndex(of: name) else {
            preconditionFailure("no output is called \(name) among \(outputNames)")
        }
        return index
    }

    /// An output of the graph, valid from ``forward()`` until the plan runs again.
    public func output(_ index: Int) -> UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(
            start: arena + layout[outputBuffers[index].index], count: outputShapes[index].count)
    }

    /// Where the gradient of the loss with respect to an output goes before ``backward()``, or nil when nothing
    /// trained lies below that output.
    public func outputGradient(_ index: Int) -> UnsafeMutableBufferPointer<Float>? {
        outputGradientBuffers[index].map {
            UnsafeMutableBufferPointer(start: arena + layout[$0.index], count: outputShapes[index].count)
        }
    }

    /// Computes the outputs from the input.
    public func forward() {
        let context = context
        for step in steps { step.forward(context) }
    }

    /// Adds the gradients of the trained parameters to their sums; every output gradient must have been written.
    ///
    /// - Precondition: The plan is for training and ``forward()`` has run on this input.
    public func backward() {
        precondition(gradients != nil, "an inference plan has no backward pass")
        let context = context
        for step in steps.reversed() { step.backward(context) }
    }

    /// Multiplications of a forward pass, by the definition of its convolutions.
    public var multiplyAdds: Int { steps.reduce(0) { $0 + $1.multiplyAdds } }

    /// What one step of a plan takes.
    public struct StepTime: Sendable {
        /// What it computes and how: `3x3/2 64->128 on 28x28, direct`.
        public var step: String
        public var duration: Duration
        /// Multiplications by the definition; 0 for steps that are no convolutions.
        public var multiplyAdds: Int
        /// The chunks of each of its jobs, which the threads share.
        public var chunkCounts: [Int]
    }

    /// Computes the outputs as ``forward()`` does, and measures each step.
    public func timedForward() -> [StepTime] {
        let context = context
        return steps.map { timed($0) { $0.forward(context) } }
    }

    /// Adds gradients as ``backward()`` does, and measures each step.
    ///
    /// - Returns: The steps in the order in which they run, from the last one on.
    /// - Precondition: As of ``backward()``.
    public func timedBackward() -> [StepTime] {
        precondition(gradients != nil, "an inference plan has no backward pass")
        let context = context
        return steps.reversed().map { timed($0) { $0.backward(context) } }
    }

    private func timed(_ step: any Step, _ pass: (any Step) -> Void) -> StepTime {
        pool.chunkCounts = []
        defer { pool.chunkCounts = nil }
        let duration = ContinuousClock().measure { pass(step) }
        return StepTime(
            step: step.label, duration: duration, multiplyAdds: step.multiplyAdds, chunkCounts: pool.chunkCounts ?? [])
    }

    private var context: ExecutionContext {
        ExecutionContext(
            arena: arena, offsets: layout,
            scratch: Scratch(
                base: Self.start(of: memory.scratch), countPerWorker: scratchPerWorker,
                shared: Self.start(of: memory.sharedScratch)),
            pool: pool, packedWeights: packedWeights, draw: draw, trained: gradients)
    }

    private var arena: UnsafeMutablePointer<Float> { Self.start(of: memory.arena) }

    private static func start(of block: FloatStorage?) -> UnsafeMutablePointer<Float> {
        guard let block else { preconditionFailure("the memory of a plan was given back while the plan is in use") }
        return block.pointer
    }
}

/// A plan that does not fit into memory.
public struct PlanError: ActionableError {
    public enum Kind: Hashable, Sendable {
        case outOfMemory
    }

    public let inputShape: TensorShape
    /// Bytes.
    public let needed: Int
    public let available: Int

    public var kind: Kind { .outOfMemory }
    public var subject: String { "" }
    public var problem: String {
        "a batch of shape \(inputShape) takes \(needed >> 20) MiB, and \(available >> 20) are free on this machine"
    }
    public var remedy: Remedy? { "Use a smaller batch or smaller images." }
}
