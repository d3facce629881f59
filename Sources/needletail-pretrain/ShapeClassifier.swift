import Needletail
import NeedletailKernels
import NeedletailShapes

/// A residual network that names the shape in a picture.
final class ShapeClassifier {
    /// Named as torchvision names those of its classifiers.
    let parameters = ParameterStore()
    private let graph: Graph
    private let pool: ThreadPool
    private let packedWeights = PackedWeights()

    init(_ architecture: ResNet.Architecture, seed: UInt64, pool: ThreadPool) {
        self.pool = pool
        let network = ResNet(
            parameters.root, architecture: architecture, classCount: SyntheticClassification.classNames.count,
            normalization: .trained, seed: seed)
        graph = Graph(output: "logits") { network($0) }
    }

    /// Trains on the first `steps` batches of a stream.
    ///
    /// - Parameter report: Called after every step with its number, from 1, and its loss.
    /// - Throws: `PlanError`, ``DivergenceError``.
    func train(
        on pictures: PictureStream, steps: Int, schedule: LearningRateSchedule, report: (Int, Float) -> Void
    ) throws {
        let gradients = ParameterGradients(parameters: parameters.parameters.filter { $0.role == .weight })
        let optimizer = Optimizer(
            .init(method: .gradientDescent(momentum: 0.9, usesNesterov: true), weightDecay: 5e-4),
            parameters: gradients.parameters)
        var plans = PlanCache()
        let batches = pictures.batches(total: steps * pictures.batch)
        defer { batches.cancel() }
        for step in 0..<steps {
            guard let item = batches.next() else { break }
            let plan = try plans.plan(for: item.shape) { try makePlan(item.shape, purpose: .training(gradients)) }
            _ = plan.input.update(fromContentsOf: item.pixels)
            plan.forward()
            let loss = CrossEntropy.loss(
                logits: plan.output(0), labels: item.labels, gradient: plan.outputGradient(0))
            guard loss.isFinite else { throw DivergenceError(step: step + 1) }
            gradients.reset()
            plan.backward()
            optimizer.step(
                gradients, learningRate: schedule.rate(step: step, epoch: 0, totalSteps: steps), pool: pool)
            report(step + 1, loss)
        }
    }

    /// The share of a stream's first `count` pictures that are named rightly, with running statistics.
    ///
    /// - Throws: `PlanError`
    func accuracy(on pictures: PictureStream, count: Int) throws -> Double {
        var plans = PlanCache()
        let batches = pictures.batches(total: count)
        defer { batches.cancel() }
        var right = 0
        while let item = batches.next() {
            let plan = try plans.plan(for: item.shape) { try makePlan(item.shape, purpose: .inference) }
            _ = plan.input.update(fromContentsOf: item.pixels)
            plan.forward()
            let logits = plan.output(0), classes = logits.count / item.labels.count
            for (row, label) in item.labels.enumerated() {
                let scores = Array(logits[row * classes..<(row + 1) * classes])
                if scores.firstIndex(of: scores.max() ?? .nan) == label { right += 1 }
            }
        }
        return Double(right) / Double(count)
    }

    private func makePlan(_ shape: TensorShape, purpose: Plan.Purpose) throws -> Plan {
        try Plan(graph: graph, inputShape: shape, purpose: purpose, pool: pool, packedWeights: packedWeights)
    }
}

/// A loss that is no longer a number.
struct DivergenceError: Error, CustomStringConvertible {
    let step: Int

    var description: String {
        "step \(step): the loss is not a finite number. Use a lower --learning-rate."
    }
}
