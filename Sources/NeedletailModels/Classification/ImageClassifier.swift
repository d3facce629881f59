import NeedletailGraph
import NeedletailImages
import NeedletailKernels

/// Whatever tells what images show: a ``Classifier``, or a network that comes from elsewhere.
public protocol ImageClassifier: AnyObject {
    /// Names, in the order of the network's outputs.
    var classes: [String] { get }
    /// Whether an image may show several.
    var hasSeveralLabels: Bool { get }
    var inputTransform: InputTransform { get }

    /// What is said of each image of a batch, and the terms of the loss where there is one.
    func outcome(
        of batch: TrainingBatch<[Int]>, pool: ThreadPool
    ) throws -> (predictions: [Classifier.Prediction], losses: LossValues)

    /// A classifier that computes the same beside this one, on another thread, with the same weights and memory of its own;
    /// nil where there can be none. While there are replicas, nothing of the classifier may be changed.
    func replica() -> (any ImageClassifier)?
    /// Bytes of activations that it keeps from batch to batch.
    var planMemorySize: Int { get }
}

extension ImageClassifier {
    public func replica() -> (any ImageClassifier)? { nil }
    public var planMemorySize: Int { 0 }
}

extension Classifier: ImageClassifier {
    public var classes: [String] { configuration.classes }
    public var hasSeveralLabels: Bool { configuration.output == .anyClasses }

    public func replica() -> (any ImageClassifier)? { Classifier(replicaOf: self) }
    public var planMemorySize: Int { plans.memorySize }

    public func outcome(
        of batch: TrainingBatch<[Int]>, pool: ThreadPool
    ) throws -> (predictions: [Prediction], losses: LossValues) {
        let plan = try inferencePlan(
            for: TensorShape(batch: batch.count, height: batch.height, width: batch.width, channels: batch.channels),
            pool: pool)
        _ = plan.input.update(fromContentsOf: batch.pixels)
        plan.forward()
        let size = Image.Size(width: batch.width, height: batch.height)
        let placements = batch.targets.map { _ in ImagePlacement(original: size, resized: size) }
        return (
            predictions(of: plan, placements: placements, pool: pool),
            loss(of: plan, targets: batch.targets, inputHeight: batch.height, inputWidth: batch.width, pool: pool)
        )
    }
}
