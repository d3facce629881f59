import NeedletailGeometry
import NeedletailImages
import NeedletailKernels

/// Whatever finds objects in photographs: a ``DenseDetector``, or a network that comes from elsewhere.
public protocol ObjectDetector: AnyObject {
    /// What it is, such as `yolox-nano`.
    var name: String { get }
    /// What it finds.
    var categories: [DenseDetector.Category] { get }
    /// How a photograph becomes its input.
    var inputTransform: InputTransform { get }
    /// The side of its input, in pixels, where it can be no other.
    var inputSide: Int? { get }
    var postProcessing: PostProcessing { get set }
    /// From which scores its detections are best kept, where a validation has found that out.
    var scoreThresholds: ScoreThresholds? { get }

    /// Makes the side that ``inputTransform`` speaks of another.
    ///
    /// - Precondition: ``inputSide`` is nil.
    func setInputSide(_ side: Int)

    /// The objects in each image of a batch, best first, in pixels of the original.
    ///
    /// - Parameter originalSizes: The sizes of the photographs, where the images are smaller versions of them.
    func detections(in images: [Image], originalSizes: [Image.Size]?, pool: ThreadPool) throws -> [[Detection]]

    /// A detector that computes the same beside this one, on another thread, with the same weights and memory of its own;
    /// nil where there can be none. While there are replicas, nothing of the detector may be changed.
    func replica() -> (any ObjectDetector)?
    /// Bytes of activations that it keeps from image to image.
    var planMemorySize: Int { get }
}

extension ObjectDetector {
    public func replica() -> (any ObjectDetector)? { nil }
    public var planMemorySize: Int { 0 }
}

extension DenseDetector: ObjectDetector {
    public var name: String { configuration.network.name }
    public var categories: [Category] { configuration.categories }
    public var inputSide: Int? { configuration.network.inputSize }

    public func replica() -> (any ObjectDetector)? { DenseDetector(replicaOf: self) }
    public var planMemorySize: Int { inferencePlans.memorySize }

    public var postProcessing: PostProcessing {
        get { configuration.postProcessing }
        set { configuration.postProcessing = newValue }
    }

    public func setInputSide(_ side: Int) {
        configuration.transform.minimumSize = side
        configuration.transform.maximumSize = max(configuration.transform.maximumSize, side)
    }
}

extension PostProcessing {
    /// What remains of an image's candidates, in pixels of the original, with the names of their categories.
    ///
    /// - Parameters:
    ///   - placement: Where the image lies in the network's input.
    ///   - categories: Candidates of other class indices are left out.
    package func detections(
        _ candidates: [DetectionCandidate], placement: ImagePlacement, categories: [DenseDetector.Category]
    ) -> [Detection] {
        let known = Set(categories.map(\.classIndex))
        return detections(candidates, size: placement.resized, isKnown: known.contains)
            .map(on: placement, naming: categories)
    }
}

extension [DetectionCandidate] {
    /// The candidates in pixels of the original, with the names of their categories; those of none are left out.
    func map(on placement: ImagePlacement, naming categories: [DenseDetector.Category]) -> [Detection] {
        let known = Dictionary(categories.map { ($0.classIndex, $0) }, uniquingKeysWith: { first, _ in first })
        let scaleX = Float(placement.original.width) / Float(placement.resized.width)
        let scaleY = Float(placement.original.height) / Float(placement.resized.height)
        return compactMap { candidate in
            known[candidate.classIndex].map { category in
                Detection(
                    box: Box(candidate.box.scaled(byX: scaleX, y: scaleY)), score: Double(candidate.score),
                    categoryID: category.id, categoryName: category.name)
            }
        }
    }
}
