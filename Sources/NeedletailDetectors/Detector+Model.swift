import NeedletailGeometry
import NeedletailImages
import NeedletailKernels
import NeedletailRuntime

extension Detector: Model {
    public static let lossTerms = ["classification", "box"]

    public var parameters: ParameterStore { network.parameters }
    public var graph: Graph { network.graph }
    public var inputTransform: InputTransform { configuration.transform }

    public var parameterGroups: [ParameterGroup] {
        ParameterGroup.groups(of: parameters, backbone: RetinaNet.backbonePrefix, neck: "backbone.fpn.")
    }

    public var runningStatistics: [Parameter] {
        configuration.network.normalization == .trained ? parameters.parameters.filter { $0.role == .statistic } : []
    }

    public func loss(
        of plan: Plan, targets: [DetectionTarget], inputHeight: Int, inputWidth: Int, pool: ThreadPool
    ) -> LossValues {
        let losses = criterion.evaluate(
            plan: plan, anchors: network.anchors(for: plan, imageHeight: inputHeight, imageWidth: inputWidth),
            anchorsPerCell: configuration.network.anchors.countPerCell, targets: targets,
            classCount: configuration.network.classCount, pool: pool)
        return LossValues([losses.classification, losses.boxes])
    }

    /// The objects in each image, best first, in pixels of the original.
    public func predictions(of plan: Plan, placements: [ImagePlacement], pool: ThreadPool) -> [[Detection]] {
        let input = plan.inputShape
        let anchors = network.anchors(for: plan, imageHeight: input.height, imageWidth: input.width)
        let ids = Dictionary(
            configuration.categories.map { ($0.column, $0.id) }, uniquingKeysWith: { first, _ in first })
        return placements.enumerated().map { index, placement in
            let (original, size) = (placement.original, placement.resized)
            let found = configuration.postProcessing.detections(
                plan: plan, anchors: anchors, image: index, height: size.height, width: size.width,
                classCount: configuration.network.classCount, coder: BoxCoder())
            let scaleX = Float(original.width) / Float(size.width)
            let scaleY = Float(original.height) / Float(size.height)
            return found.compactMap { candidate in
                ids[candidate.label].map { id in
                    Detection(
                        box: Box(candidate.box * Corners(scaleX, scaleY, scaleX, scaleY)),
                        score: Double(candidate.score), categoryID: id)
                }
            }
        }
    }

    public func plan(of part: Graph, inputShapes: [TensorShape], purpose: Plan.Purpose, pool: ThreadPool) throws -> Plan
    {
        try network.plan(of: part, inputShapes: inputShapes, purpose: purpose, pool: pool)
    }

    public func inferencePlan(for shape: TensorShape, pool: ThreadPool) throws -> Plan {
        try network.inferencePlan(batch: shape.batch, height: shape.height, width: shape.width, pool: pool)
    }

    public func releasePlans() { network.releasePlans() }
}
