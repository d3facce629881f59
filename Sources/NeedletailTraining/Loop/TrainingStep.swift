import NeedletailGraph
import NeedletailKernels
import NeedletailModels
import NeedletailPlatform
import NeedletailProcesses
import NeedletailRuntime

/// The work of one step: forward, loss and backward for each of its batches, then what the optimiser makes of it.
///
/// ``begin()`` and ``add(_:keptRows:)`` for a single batch; ``begin(_:of:firstDraw:)`` and ``addWave(_:)`` for those that this
/// process has of several; then ``take(learningRate:isFinite:)``.
public final class TrainingStep<M: Model> {
    public let model: M
    public let optimizer: Optimizer?
    public let average: WeightAverage?
    let pool: ThreadPool
    /// The processes that share the batches of a step.
    public let group: any ProcessGroup
    private let gradientNormLimit: Float
    private var reducer: GradientReducer
    /// Who computes batches at the same time; one does where there is one.
    private let workers: [Worker]
    /// Who computes them all, one after the other, where the plans of several would take too much memory.
    private let single: Worker
    private var isSequential = false
    private var waves: ArraySlice<[Turn]> = []
    private var firstDraw = RandomDraw()
    /// Where they are kept, only the part of the model above them is computed.
    var features: FrozenFeatures?
    /// Of what is drawn while a batch is computed, as by dropout; whoever trains counts its steps on.
    public var draw = RandomDraw()

    /// A batch of a step, counted from 0, and who computes it.
    struct Turn: Hashable {
        var number: Int
        var worker: Int
    }

    /// Who computes batches, one after the other, beside others.
    private final class Worker {
        let pool: ThreadPool
        /// Nil for those of the model.
        let packedWeights: PackedWeights?
        var plans = PlanCache(capacity: 8)

        init(pool: ThreadPool, packedWeights: PackedWeights? = nil) {
            self.pool = pool
            self.packedWeights = packedWeights
        }
    }

    /// - Parameters:
    ///   - parameters: Those that gradients are computed of; see ``train(_:)``.
    ///   - optimizer: Nil for steps that change nothing, to be measured.
    ///   - average: Takes in the parameters after each step.
    ///   - gradientNormLimit: Gradients longer than this are shortened to it; nil leaves them alone.
    ///   - batchCount: Of the batches of a step: where there are several, the threads share them.
    ///   - group: The processes that share the batches of a step.
    /// - Throws: `OutOfMemoryError`
    public init(
        _ model: M, parameters: [Parameter], optimizer: Optimizer? = nil, average: WeightAverage? = nil,
        gradientNormLimit: Float? = nil, batchCount: Int = 1, pool: ThreadPool,
        group: any ProcessGroup = SingleProcess()
    ) throws {
        self.model = model
        self.optimizer = optimizer
        self.average = average
        self.gradientNormLimit = gradientNormLimit ?? .infinity
        self.pool = pool
        self.group = group
        single = Worker(pool: pool)
        let workerCount = min(pool.threadCount, (batchCount + group.count - 1) / group.count)
        workers =
            workerCount > 1
            ? (0..<workerCount).map { _ in
                Worker(
                    pool: ThreadPool(threadCount: pool.threadCount / workerCount), packedWeights: PackedWeights())
            } : [single]
        reducer = try GradientReducer(parameters: [])
        try train(parameters)
    }

    /// Computes gradients of other parameters from now on.
    ///
    /// - Throws: `OutOfMemoryError`
    public func train(_ parameters: [Parameter]) throws {
        for worker in workers + [single] { worker.plans.removeAll() }
        features = nil
        reducer = try GradientReducer(
            parameters: parameters, statistics: model.runningStatistics, workerCount: workers.count, group: group)
    }

    /// After a step those that the optimiser has used.
    public var gradients: ParameterGradients { reducer.gradients[0] }

    /// The plan that computes a batch, kept for the next of its shape.
    ///
    /// - Throws: `PlanError`
    public func plan(for batch: TrainingBatch<M.Target>) throws -> Plan { try plan(for: batch, by: workers[0]) }

    private func plan(for batch: TrainingBatch<M.Target>, by worker: Worker) throws -> Plan {
        let shape = TensorShape(batch: batch.count, height: batch.height, width: batch.width, channels: batch.channels)
        return try worker.plans.plan(for: shape) { memory in
            let extent = features?.extent
            return try model.plan(
                of: extent?.cut.trained ?? model.graph,
                inputShapes: extent?.shapes.map { $0.with(batch: batch.count) } ?? [shape],
                purpose: .training(reducer.gradients[0]), memory: memory, packedWeights: worker.packedWeights,
                pool: worker.pool)
        }
    }

    /// Starts a step of one batch: the gradients of the one before are forgotten.
    public func begin() { reducer.begin() }

    /// Adds the gradients of the only batch of a step; nothing is changed when its loss is not finite.
    ///
    /// - Returns: The loss before any change of the weights.
    /// - Throws: `PlanError`, `OutOfMemoryError`.
    public func add(_ batch: TrainingBatch<M.Target>, keptRows: [KeptRow] = []) throws -> LossValues {
        try add(BatchItem(batch: batch, keptRows: keptRows), draw: draw, worker: 0) ?? LossValues([])
    }

    /// The batches of a share in the order in which they are computed: those of a wave at the same time, the next wave when
    /// all of them are done. Each worker has neighbours, whose gradients it sums as it goes.
    ///
    /// - Parameter share: Counted from anywhere.
    func waves(of share: Range<Int>) -> [[Turn]] {
        let parts = parts(of: share)
        return (0..<(parts.map(\.count).max() ?? 0)).map { wave in
            parts.enumerated().filter { wave < $0.element.count }
                .map { Turn(number: $0.element.lowerBound + wave, worker: $0.offset) }
        }
    }

    private func parts(of share: Range<Int>) -> [Range<Int>] {
        (0..<workers.count).map { worker in
            share.lowerBound + share.count * worker / workers.count..<share.lowerBound + share.count * (worker + 1)
                / workers.count
        }
    }

    /// Starts a step of several batches: the gradients of the one before are forgotten.
    ///
    /// - Parameters:
    ///   - share: The batches of the step, counted from 0, that this process adds.
    ///   - count: Of all batches of the step.
    ///   - firstDraw: What is drawn in the first batch of the step; counted on for the others.
    public func begin(_ share: Range<Int>, of count: Int, firstDraw: RandomDraw) {
        reducer.begin(parts(of: share), of: count)
        waves = waves(of: share)[...]
        self.firstDraw = firstDraw
    }

    /// Adds the gradients of the next batches of the share, as ``waves(of:)`` has them.
    ///
    /// - Returns: The loss of each before any change of the weights; nil for one without images.
    /// - Throws: `PlanError`, `OutOfMemoryError`.
    @discardableResult
    public func addWave(_ items: [BatchItem<M.Target>]) throws -> [LossValues?] {
        guard let wave = waves.popFirst(), wave.count == items.count else {
            preconditionFailure("\(items.count) batches in no wave of a step")
        }
        try requireMemory(for: items)
        var results = [Result<LossValues?, any Error>](repeating: .success(nil), count: wave.count)
        func compute(_ index: Int) -> Result<LossValues?, any Error> {
            Result {
                let draw = RandomDraw(seed: firstDraw.seed, step: firstDraw.step + wave[index].number)
                return try add(items[index], draw: draw, worker: wave[index].worker)
            }
        }
        if isSequential || wave.count == 1 {
            for index in wave.indices { results[index] = compute(index) }
        } else {
            results.withUnsafeMutableBufferPointer { results in
                // Each writes its own.
                nonisolated(unsafe) let results = results
                pool.run(chunks: wave.count) { index, _ in results[index] = compute(index) }
            }
        }
        return try results.map { try $0.get() }
    }

    /// Finds out whether there is room for the plans of all workers.
    private func requireMemory(for items: [BatchItem<M.Target>]) throws {
        guard workers.count > 1, !isSequential, let batch = items.lazy.compactMap(\.batch).first else { return }
        let size = try plan(for: batch, by: workers[0]).memorySize
        guard size * workers.count > MemorySize.usable / 2 else { return }
        isSequential = true
        for worker in workers { worker.plans.removeAll() }
    }

    private func add(_ item: BatchItem<M.Target>, draw: RandomDraw, worker: Int) throws -> LossValues? {
        let pool = isSequential ? self.pool : workers[worker].pool
        try reducer.beginBatch(worker: worker, pool: pool)
        let losses = try item.batch.map { batch in
            try compute(batch, keptRows: item.keptRows, draw: draw, worker: worker)
        }
        reducer.endBatch(worker: worker, isFinite: losses?.total.isFinite ?? false, pool: pool)
        return losses
    }

    private func compute(
        _ batch: TrainingBatch<M.Target>, keptRows: [KeptRow], draw: RandomDraw, worker number: Int
    ) throws -> LossValues {
        let worker = isSequential ? single : workers[number]
        let plan = try plan(for: batch, by: worker)
        plan.gradients = reducer.gradients[number]
        if let features {
            features.fill(plan, with: keptRows)
        } else {
            precondition(plan.input.count == batch.pixels.count, "a plan for \(plan.inputShape) got another batch")
            _ = plan.input.update(fromContentsOf: batch.pixels)
        }
        plan.draw = draw
        plan.forward()
        let losses = model.loss(
            of: plan, targets: batch.targets, inputHeight: batch.height, inputWidth: batch.width, pool: worker.pool)
        // A loss that is not finite must not reach the weights.
        if losses.total.isFinite { plan.backward() }
        return losses
    }

    /// Changes the weights by the gradients that all processes have added, and the running statistics as the batches have.
    ///
    /// - Parameter isFinite: Of each batch of the step, whether it has a finite loss.
    /// - Returns: False when the gradients are not finite; nothing is changed then.
    /// - Throws: `OutOfMemoryError`, `ProcessError`.
    @discardableResult
    public func take(learningRate: Float, isFinite: [Bool] = [true]) throws -> Bool {
        guard let optimizer, let gradients = try reducer.reduced(isFinite: isFinite, pool: pool) else { return true }
        guard gradients.clip(toNorm: gradientNormLimit, pool: pool).isFinite else { return false }
        optimizer.step(gradients, learningRate: learningRate, pool: pool)
        reducer.takeStatistics()
        average?.update(pool: pool)
        return true
    }

    /// Does something with the averaged weights in the model, if they are averaged.
    public func withAverages<Result>(_ body: () throws -> Result) rethrows -> Result {
        average?.swap(pool: pool)
        defer { average?.swap(pool: pool) }
        return try body()
    }
}
