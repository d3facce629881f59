import NeedletailGeometry
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailRuntime

extension DenseDetector: Model {
    public var lossTerms: [String] { criterion.terms }

    public var parameters: ParameterStore { network.parameters }
    public var graph: Graph { network.graph }
    public var parameterGroups: [ParameterGroup] { network.groups }
    public var inputTransform: InputTransform { configuration.transform }

    public var runningStatistics: [Parameter] {
        configuration.network.normalization == .trained ? parameters.parameters.filter { $0.role == .statistic } : []
    }

    public func loss(
        of plan: Plan, targets: [DetectionTarget], inputHeight: Int, inputWidth: Int, pool: ThreadPool
    ) -> LossValues {
        criterion.evaluate(
            DenseOutputs(plan, levels: network.levels), targets: targets,
            input: Image.Size(width: inputWidth, height: inputHeight), pool: pool)
    }

    /// The objects in each image, best first, in pixels of the original.
    public func predictions(of plan: Plan, placements: [ImagePlacement], pool: ThreadPool) -> [[Detection]] {
        let candidates = configuration.network.candidates(
            in: DenseOutputs(plan, levels: network.levels), sizes: placements.map(\.resized),
            limits: configuration.postProcessing)
        let categories = Dictionary(
            configuration.categories.map { ($0.classIndex, $0) }, uniquingKeysWith: { first, _ in first })
        return zip(placements, candidates).map { placement, candidates in
            let (original, size) = (placement.original, placement.resized)
            let scaleX = Float(original.width) / Float(size.width)
            let scaleY = Float(original.height) / Float(size.height)
            return configuration.postProcessing.detections(
                candidates, size: size, isKnown: { categories[$0] != nil }
            ).compactMap { candidate in
                categories[candidate.classIndex].map { category in
                    Detection(
                        box: Box(candidate.box.scaled(byX: scaleX, y: scaleY)),
                        score: Double(candidate.score), categoryID: category.id, categoryName: category.name)
                }
            }
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
        try inferencePlans.plan(for: shape) { memory in
            try plan(of: graph, inputShapes: [shape], purpose: .inference, memory: memory, pool: pool)
        }
    }

    public func releasePlans() { inferencePlans.removeAll() }
}
