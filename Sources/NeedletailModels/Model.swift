import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailRuntime

/// A detector, a classifier: whatever is trained or run. A graph with a task.
public protocol Model: AnyObject {
    /// What a training image should give: the objects of a ``DenseDetector``, the classes of a ``Classifier``.
    associatedtype Target: Sendable
    /// What is said of an image.
    associatedtype Prediction

    var parameters: ParameterStore { get }
    var graph: Graph { get }
    /// All parameters, from the input upward: what freezing and learning-rate multipliers speak of.
    var parameterGroups: [ParameterGroup] { get }
    /// Statistics that a forward pass of training changes.
    var runningStatistics: [Parameter] { get }
    var inputTransform: InputTransform { get }
    /// Names of the terms of the loss, in their order, such as `classification` and `box`.
    var lossTerms: [String] { get }

    /// The terms of the loss of a batch, with their gradients written where the plan has room for them.
    ///
    /// - Parameters:
    ///   - plan: After ``Plan/forward()``; of the whole graph, or of its upper part.
    ///   - targets: One an image of the batch.
    ///   - inputHeight: Of the batch's padded images, in pixels; likewise `inputWidth`.
    func loss(of plan: Plan, targets: [Target], inputHeight: Int, inputWidth: Int, pool: ThreadPool) -> LossValues

    /// What a plan of the whole graph has found in the images of a batch.
    ///
    /// - Parameter placements: One an image of the batch.
    func predictions(of plan: Plan, placements: [ImagePlacement], pool: ThreadPool) -> [Prediction]

    /// A plan of a part of the network.
    ///
    /// - Parameters:
    ///   - memory: Shared by plans that take turns.
    ///   - packedWeights: Of plans that run beside others; shared with the whole network unless given.
    /// - Throws: `GraphError`, `PlanError`.
    func plan(
        of part: Graph, inputShapes: [TensorShape], purpose: Plan.Purpose, memory: PlanMemory,
        packedWeights: PackedWeights?, pool: ThreadPool
    ) throws -> Plan

    /// A plan for images of a size, kept for the next images of that size.
    ///
    /// - Throws: `GraphError`, `PlanError`.
    func inferencePlan(for shape: TensorShape, pool: ThreadPool) throws -> Plan

    /// Drops the plans that are kept, and their memory.
    func releasePlans()
}

/// An image of a batch: its own size, and the one that it has in the network's input, without padding.
public struct ImagePlacement: Sendable {
    public var original: Image.Size
    public var resized: Image.Size

    public init(original: Image.Size, resized: Image.Size) {
        self.original = original
        self.resized = resized
    }
}

extension Model {
    /// A plan of a part of the network with memory of its own.
    ///
    /// - Throws: `GraphError`, `PlanError`.
    public func plan(
        of part: Graph, inputShapes: [TensorShape], purpose: Plan.Purpose, pool: ThreadPool
    ) throws -> Plan {
        try plan(
            of: part, inputShapes: inputShapes, purpose: purpose, memory: PlanMemory(), packedWeights: nil, pool: pool)
    }

    /// The weights trained when the topmost stages of the backbone are, in the order of ``parameters``: those, and all
    /// that is no backbone.
    ///
    /// - Parameter backboneStages: From 0, all frozen; a residual network has five, torchvision's `trainable_layers`.
    public func trainedParameters(backboneStages: Int) -> [Parameter] {
        let trained = Set(parameterGroups.trained(backboneStages: backboneStages).flatMap(\.parameters))
        return parameters.parameters.filter { $0.role == .weight && trained.contains($0) }
    }

    /// What is said of each image of a batch.
    ///
    /// All images are padded to the largest. The network sees the padding, so an image's results can differ slightly
    /// from those it has alone, as they do in the reference.
    ///
    /// - Parameters:
    ///   - images: RGB; other formats are converted.
    ///   - originalSizes: The sizes of the photographs, where the images are smaller versions of them: what the network's
    ///     input is made to measure from, and what predictions refer to.
    ///   - inspect: Sees the plan before predictions are made of it.
    /// - Throws: `GraphError` when an image is too small for the network, `PlanError` when it does not fit into memory.
    public func predictions(
        in images: [Image], originalSizes: [Image.Size]? = nil, pool: ThreadPool, inspect: (Plan) -> Void = { _ in }
    ) throws -> [Prediction] {
        guard !images.isEmpty else { return [] }
        let (plan, placements) = try run(on: images, originalSizes: originalSizes, pool: pool)
        inspect(plan)
        return predictions(of: plan, placements: placements, pool: pool)
    }

    /// Runs the network on images.
    ///
    /// - Returns: The plan with its outputs, and where the images lie in its input.
    /// - Throws: As ``predictions(in:originalSizes:pool:)``.
    func run(
        on images: [Image], originalSizes: [Image.Size]?, pool: ThreadPool
    ) throws -> (plan: Plan, placements: [ImagePlacement]) {
        let transform = inputTransform
        let originals = originalSizes ?? images.map { Image.Size(width: $0.width, height: $0.height) }
        let sizes = originals.map { transform.resizedSize(width: $0.width, height: $0.height) }
        let padded = transform.paddedSize(sizes)
        let plan = try inferencePlan(
            for: TensorShape(
                batch: images.count, height: padded.height, width: padded.width, channels: transform.channels),
            pool: pool)
        if let input = plan.input.baseAddress {
            for (index, image) in images.enumerated() {
                transform.write(
                    image, size: sizes[index], paddedWidth: padded.width, paddedHeight: padded.height,
                    into: input + index * padded.height * padded.width * transform.channels)
            }
        }
        plan.forward()
        let placements = zip(originals, sizes).map {
            ImagePlacement(original: $0, resized: Image.Size(width: $1.width, height: $1.height))
        }
        return (plan, placements)
    }

    /// Likewise on one image.
    func run(on image: Image, pool: ThreadPool) throws -> (plan: Plan, placement: ImagePlacement) {
        let (plan, placements) = try run(on: [image], originalSizes: nil, pool: pool)
        return (plan, placements[0])
    }
}
