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
        suppressions(of: plan, placements: placements).map(\.kept)
    }

    /// What remains of the candidates of each image, and all of them, in pixels of the original.
    private func suppressions(of plan: Plan, placements: [ImagePlacement]) -> [Suppression] {
        let found = configuration.network.candidates(
            in: DenseOutputs(plan, levels: network.levels), sizes: placements.map(\.resized),
            limits: configuration.postProcessing)
        return zip(placements, found).map { [configuration] placement, found in
            Suppression(
                candidates: { found.map(on: placement, naming: configuration.categories) },
                kept: configuration.postProcessing.detections(
                    found, placement: placement, categories: configuration.categories))
        }
    }

    /// The candidates of an image, and what remains of them where boxes of a class overlap.
    public struct Suppression {
        fileprivate let candidates: () -> [Detection]
        /// Best first.
        public let kept: [Detection]

        /// Before suppression, level by level, each level's best first.
        public var all: [Detection] { candidates() }
    }

    /// The objects in an image before and after suppression.
    ///
    /// - Throws: As ``detections(in:pool:)``.
    public func suppression(in image: Image, pool: ThreadPool) throws -> Suppression {
        let (plan, placement) = try run(on: image, pool: pool)
        return suppressions(of: plan, placements: [placement])[0]
    }

    /// What each place that the detector predicts on is to say of an image with objects, as training would have it now;
    /// nil where the detector's loss does not tell.
    ///
    /// - Parameter target: In pixels of the network's input.
    /// - Throws: As ``detections(in:pool:)``.
    public func labels(of image: Image, target: DetectionTarget, pool: ThreadPool) throws -> [LabeledPlace]? {
        let (plan, _) = try run(on: image, pool: pool)
        let input = Image.Size(width: plan.inputShape.width, height: plan.inputShape.height)
        return criterion.labels(
            DenseOutputs(plan, levels: network.levels), targets: [target], input: input, pool: pool)?.first
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
        try inferencePlans.plan(for: shape) { memory in
            try plan(
                of: graph, inputShapes: [shape], purpose: .inference, memory: memory, packedWeights: nil, pool: pool)
        }
    }

    public func releasePlans() { inferencePlans.removeAll() }
}
