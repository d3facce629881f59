import NeedletailGeometry
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailRuntime

extension DenseDetector: Model {
    public static let lossTerms = ["classification", "box"]

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
        let outputs = DenseOutputs(plan, levels: network.levels)
        return criterion.evaluate(
            outputs: outputs, anchors: anchors(for: outputs, inputHeight: inputHeight, inputWidth: inputWidth),
            anchorsPerCell: configuration.network.anchors.countPerCell, targets: targets,
            classCount: configuration.network.classCount, pool: pool)
    }

    /// The objects in each image, best first, in pixels of the original.
    public func predictions(of plan: Plan, placements: [ImagePlacement], pool: ThreadPool) -> [[Detection]] {
        let outputs = DenseOutputs(plan, levels: network.levels)
        let anchors = anchors(
            for: outputs, inputHeight: plan.inputShape.height, inputWidth: plan.inputShape.width)
        let categories = Dictionary(
            configuration.categories.map { ($0.classIndex, $0) }, uniquingKeysWith: { first, _ in first })
        return placements.enumerated().map { index, placement in
            let (original, size) = (placement.original, placement.resized)
            let found = configuration.postProcessing.detections(
                outputs: outputs, anchors: anchors, image: index, height: size.height, width: size.width,
                classCount: configuration.network.classCount, coder: configuration.network.coder)
            let scaleX = Float(original.width) / Float(size.width)
            let scaleY = Float(original.height) / Float(size.height)
            return found.compactMap { candidate in
                categories[candidate.label].map { category in
                    Detection(
                        box: Box(candidate.box.scaled(byX: scaleX, y: scaleY)),
                        score: Double(candidate.score), categoryID: category.id, categoryName: category.name)
                }
            }
        }
    }

    /// The anchors of every level for an input of the given size, padding included.
    private func anchors(for outputs: DenseOutputs, inputHeight: Int, inputWidth: Int) -> [[Corners]] {
        configuration.network.anchors.anchors(
            featureSizes: outputs.mapSizes, inputHeight: inputHeight, inputWidth: inputWidth)
    }

    public func plan(of part: Graph, inputShapes: [TensorShape], purpose: Plan.Purpose, pool: ThreadPool) throws -> Plan
    {
        try Plan(graph: part, inputShapes: inputShapes, purpose: purpose, pool: pool, packedWeights: packedWeights)
    }

    public func inferencePlan(for shape: TensorShape, pool: ThreadPool) throws -> Plan {
        try inferencePlans.plan(for: shape) {
            try plan(of: graph, inputShapes: [shape], purpose: .inference, pool: pool)
        }
    }

    public func releasePlans() { inferencePlans.removeAll() }
}
