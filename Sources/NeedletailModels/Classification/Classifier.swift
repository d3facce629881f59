import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailPlatform
import NeedletailRuntime

/// A network that tells what an image shows: one of several classes, or any number of them.
///
/// Parameters are named as torchvision names those of its classifiers.
public final class Classifier: Model {
    /// What is said of an image.
    public struct Prediction: Hashable, Sendable {
        /// Of the most probable class; of equally probable ones the first.
        public let classIndex: Int
        /// Of each class; their sum is 1 where an image shows one class.
        public let probabilities: [Float]

        public init(classIndex: Int, probabilities: [Float]) {
            self.classIndex = classIndex
            self.probabilities = probabilities
        }

        /// The classes from the most probable on.
        public var order: [Int] {
            probabilities.indices.sorted {
                probabilities[$0] != probabilities[$1] ? probabilities[$0] > probabilities[$1] : $0 < $1
            }
        }
    }

    public let lossTerms = ["classification"]

    public let configuration: Configuration
    public let parameters: ParameterStore
    /// One output, a number for each class, `[batch, 1, 1, classes]`.
    public let graph: Graph
    public let parameterGroups: [ParameterGroup]
    public let inputTransform: InputTransform
    /// What training makes smaller; a run sets it.
    public var criterion: SampleLoss
    private let packedWeights: PackedWeights
    private(set) var plans = PlanCache()

    /// Makes a classifier with fresh weights.
    ///
    /// - Parameters:
    ///   - whitening: What its images go through, where the configuration says that they do.
    ///   - seed: The weights depend on it alone.
    public init(_ configuration: Configuration, whitening: Whitening? = nil, seed: UInt64 = 0) {
        precondition(configuration.whitening == whitening?.kind, "a whitening of another kind")
        self.configuration = configuration
        var transform = configuration.transform
        transform.whitening = whitening
        inputTransform = transform
        parameters = ParameterStore()
        packedWeights = PackedWeights()
        criterion = configuration.output == .oneClass ? .crossEntropy : .binaryCrossEntropy
        let architecture = configuration.architecture.architecture
        let parts = architecture.makeClassifier(
            parameters.root, classCount: configuration.classes.count, normalization: .trained, seed: seed)
        parameterGroups = parts.groups
        graph = Graph(channels: architecture.inputChannels, output: "logits", parts.logits)
    }

    /// Makes a classifier with the weights of another, packed as they are there, to run beside it.
    init(replicaOf classifier: Classifier) {
        configuration = classifier.configuration
        inputTransform = classifier.inputTransform
        parameters = classifier.parameters
        packedWeights = PackedWeights(sharing: classifier.packedWeights)
        criterion = classifier.criterion
        parameterGroups = classifier.parameterGroups
        graph = classifier.graph
    }

    /// Makes a classifier with fresh weights, whose classes are called by their numbers.
    ///
    /// - Parameters:
    ///   - classCount: Without a background.
    ///   - seed: The weights depend on it alone.
    public convenience init(
        _ architecture: AnyBackboneArchitecture, classCount: Int, inputTransform: InputTransform = InputTransform(),
        seed: UInt64 = 0
    ) {
        self.init(
            Configuration(
                architecture: architecture, classes: (0..<classCount).map { "\($0)" }, transform: inputTransform),
            seed: seed)
    }

    public var runningStatistics: [Parameter] { parameters.parameters.filter { $0.role == .statistic } }

    /// - Parameter targets: The classes that each image shows, one unless it may show several.
    public func loss(
        of plan: Plan, targets: [[Int]], inputHeight: Int, inputWidth: Int, pool: ThreadPool
    ) -> LossValues {
        LossValues([
            criterion.cost(of: plan.output(0), targets: targets.map(wanted), gradient: plan.outputGradient(0))
        ])
    }

    /// 1 for the classes that an image shows, 0 for the others.
    public func wanted(_ classes: [Int]) -> [Float] {
        var wanted = [Float](repeating: 0, count: configuration.classes.count)
        for index in classes { wanted[index] = 1 }
        return wanted
    }

    public func predictions(of plan: Plan, placements: [ImagePlacement], pool: ThreadPool) -> [Prediction] {
        let logits = plan.output(0), classCount = logits.count / max(placements.count, 1)
        return placements.indices.map { row in
            let scores = Array(logits[row * classCount..<(row + 1) * classCount])
            let greatest = scores.max() ?? .nan
            return Prediction(
                classIndex: scores.firstIndex(of: greatest) ?? 0, probabilities: probabilities(scores, greatest))
        }
    }

    private func probabilities(_ scores: [Float], _ greatest: Float) -> [Float] {
        switch configuration.output {
        case .oneClass:
            let powers = scores.map { exp($0 - greatest) }, sum = powers.reduce(0, +)
            return powers.map { $0 / sum }
        case .anyClasses: return scores.map { 1 / (1 + exp(-$0)) }
        }
    }

    public func plan(
        of part: Graph, inputShapes: [TensorShape], purpose: Plan.Purpose, memory: PlanMemory,
        packedWeights: PackedWeights?, pool: ThreadPool
    ) throws -> Plan {
        try Plan(
            graph: part, inputShapes: inputShapes, purpose: purpose, pool: pool,
            packedWeights: packedWeights ?? self.packedWeights, memory: memory)
    }

    public func inferencePlan(for shape: TensorShape, pool: ThreadPool) throws -> Plan {
        try plans.plan(for: shape) { memory in
            try plan(
                of: graph, inputShapes: [shape], purpose: .inference, memory: memory, packedWeights: nil, pool: pool)
        }
    }

    public func releasePlans() { plans.removeAll() }
}
