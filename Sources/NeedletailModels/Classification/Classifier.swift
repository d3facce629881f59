import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailPlatform
import NeedletailRuntime

/// A network that tells what an image shows.
///
/// Parameters are named as torchvision names those of its classifiers. It is trained by softmax cross-entropy, averaged
/// over the batch.
public final class Classifier: Model {
    /// What is said of an image.
    public struct Prediction: Hashable, Sendable {
        /// Of the most probable class; of equally probable ones the first.
        public let classIndex: Int
        /// Of each class; their sum is 1.
        public let probabilities: [Float]
    }

    public let lossTerms = ["classification"]

    public let parameters = ParameterStore()
    /// One output, the class logits, `[batch, 1, 1, classes]`.
    public let graph: Graph
    public let parameterGroups: [ParameterGroup]
    public let inputTransform: InputTransform
    private let packedWeights = PackedWeights()
    private var plans = PlanCache()

    /// Makes a classifier with fresh weights.
    ///
    /// - Parameters:
    ///   - classCount: Without a background.
    ///   - seed: The weights depend on it alone.
    public init(
        _ architecture: AnyBackboneArchitecture, classCount: Int, inputTransform: InputTransform = InputTransform(),
        seed: UInt64 = 0
    ) {
        self.inputTransform = inputTransform
        let parts = architecture.architecture.makeClassifier(
            parameters.root, classCount: classCount, normalization: .trained, seed: seed)
        parameterGroups = parts.groups
        graph = Graph(channels: architecture.architecture.inputChannels, output: "logits", parts.logits)
    }

    public var runningStatistics: [Parameter] { parameters.parameters.filter { $0.role == .statistic } }

    public func loss(
        of plan: Plan, targets: [Int], inputHeight: Int, inputWidth: Int, pool: ThreadPool
    ) -> LossValues {
        LossValues([CrossEntropy.loss(logits: plan.output(0), labels: targets, gradient: plan.outputGradient(0))])
    }

    public func predictions(of plan: Plan, placements: [ImagePlacement], pool: ThreadPool) -> [Prediction] {
        let logits = plan.output(0), classCount = logits.count / max(placements.count, 1)
        return placements.indices.map { row in
            let scores = Array(logits[row * classCount..<(row + 1) * classCount])
            let greatest = scores.max() ?? .nan
            let powers = scores.map { exp($0 - greatest) }, sum = powers.reduce(0, +)
            return Prediction(
                classIndex: scores.firstIndex(of: greatest) ?? 0, probabilities: powers.map { $0 / sum })
        }
    }

    public func plan(
        of part: Graph, inputShapes: [TensorShape], purpose: Plan.Purpose, memory: PlanMemory, pool: ThreadPool
    ) throws -> Plan {
        try Plan(
            graph: part, inputShapes: inputShapes, purpose: purpose, pool: pool, packedWeights: packedWeights,
            memory: memory)
    }

    public func inferencePlan(for shape: TensorShape, pool: ThreadPool) throws -> Plan {
        try plans.plan(for: shape) { memory in
            try plan(of: graph, inputShapes: [shape], purpose: .inference, memory: memory, pool: pool)
        }
    }

    public func releasePlans() { plans.removeAll() }
}
