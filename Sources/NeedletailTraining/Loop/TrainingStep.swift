import NeedletailGraph
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime

/// The work of one step: forward, loss and backward for each of its batches, then what the optimiser makes of it.
///
/// ``begin()``, then ``add(_:)`` for each batch, then ``take(learningRate:)``.
public final class TrainingStep<M: Model> {
    public let model: M
    public let optimizer: Optimizer?
    public let average: WeightAverage?
    let pool: ThreadPool
    private let gradientNormLimit: Float
    private var reducer: GradientReducer
    private var plans = PlanCache(capacity: 8)
    /// As they were before the latest batch.
    private var statistics: RunningStatistics?
    /// Where they are kept, only the part of the model above them is computed.
    var features: FrozenFeatures?
    /// Of what is drawn while a batch is computed, as by dropout; whoever trains counts its steps on.
    public var draw = RandomDraw()

    /// - Parameters:
    ///   - parameters: Those that gradients are computed of; see ``train(_:)``.
    ///   - optimizer: Nil for steps that change nothing, to be measured.
    ///   - average: Takes in the parameters after each step.
    ///   - gradientNormLimit: Gradients longer than this are shortened to it; nil leaves them alone.
    /// - Throws: `OutOfMemoryError`
    public init(
        _ model: M, parameters: [Parameter], optimizer: Optimizer? = nil, average: WeightAverage? = nil,
        gradientNormLimit: Float? = nil, pool: ThreadPool
    ) throws {
        self.model = model
        self.optimizer = optimizer
        self.average = average
        self.gradientNormLimit = gradientNormLimit ?? .infinity
        self.pool = pool
        reducer = try GradientReducer(parameters: parameters)
    }

    /// Computes gradients of other parameters from now on.
    ///
    /// - Throws: `OutOfMemoryError`
    public func train(_ parameters: [Parameter]) throws {
        plans.removeAll()
        features = nil
        reducer = try GradientReducer(parameters: parameters)
    }

    public var gradients: ParameterGradients { reducer.gradients }

    /// The plan that computes a batch, kept for the next of its shape.
    ///
    /// - Throws: `PlanError`
    public func plan(for batch: TrainingBatch<M.Target>) throws -> Plan {
        let shape = TensorShape(batch: batch.count, height: batch.height, width: batch.width, channels: batch.channels)
        return try plans.plan(for: shape) { memory in
            let extent = features?.extent
            return try model.plan(
                of: extent?.cut.trained ?? model.graph,
                inputShapes: extent?.shapes.map { $0.with(batch: batch.count) } ?? [shape],
                purpose: .training(reducer.gradients), memory: memory, pool: pool)
        }
    }

    /// Starts a step: the gradients of the one before are forgotten.
    public func begin() { reducer.reset() }

    /// Adds the gradients of a batch; nothing is changed when its loss is not finite.
    ///
    /// - Returns: The loss before any change of the weights.
    /// - Throws: `PlanError`
    public func add(_ batch: TrainingBatch<M.Target>, keptRows: [KeptRow] = []) throws -> LossValues {
        let plan = try plan(for: batch)
        let statistics = RunningStatistics(of: model.parameters)
        self.statistics = statistics
        if let features {
            features.fill(plan, with: keptRows)
        } else {
            precondition(plan.input.count == batch.pixels.count, "a plan for \(plan.inputShape) got another batch")
            _ = plan.input.update(fromContentsOf: batch.pixels)
        }
        plan.draw = draw
        plan.forward()
        let losses = model.loss(
            of: plan, targets: batch.targets, inputHeight: batch.height, inputWidth: batch.width, pool: pool)
        // A loss that is not finite must not reach the weights.
        if losses.total.isFinite {
            plan.backward()
            reducer.countBatch()
        } else {
            statistics.restore()
        }
        return losses
    }

    /// Changes the weights by the gradients that were added.
    ///
    /// - Returns: False when they are not finite; all is then as it was before the latest batch.
    @discardableResult
    public func take(learningRate: Float) -> Bool {
        defer { statistics = nil }
        guard let optimizer, let gradients = reducer.reduced(pool: pool) else { return true }
        guard gradients.clip(toNorm: gradientNormLimit, pool: pool).isFinite else {
            statistics?.restore()
            return false
        }
        optimizer.step(gradients, learningRate: learningRate, pool: pool)
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
