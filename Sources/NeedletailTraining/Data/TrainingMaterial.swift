import NeedletailCheckpoints
import NeedletailDatasets
import NeedletailDownloads
import NeedletailFormats
import NeedletailImages
import NeedletailModels
import NeedletailONNX

/// What a detector is trained from, read and matched.
public struct TrainingMaterial: Sendable {
    public let data: TrainingData
    public let validation: Dataset?
    /// Images in which nothing is to be found: what is found there are false alarms. Measured beside validation.
    public var background: Dataset?
    /// The detector's, from those of the training dataset.
    public let categories: [DenseDetector.Category]
    public let checkpoint: Checkpoint?
    public let weights: StartingWeights?

    /// - Parameters:
    ///   - weights: A file of weights to start from, a classifier's or a detector's, or an ONNX file of such a network.
    ///   - keepsEmptyImages: Whether images without boxes are trained on.
    /// - Throws: ``TrainingError`` when there is nothing to train on; `CheckpointError`.
    public init(
        _ dataset: Dataset, validation: Dataset? = nil, weights: String? = nil, keepsEmptyImages: Bool = false
    ) throws {
        categories = try CategoryMap.newCategories(of: dataset)
        data = try TrainingData(dataset, categories: categories, keepsEmptyImages: keepsEmptyImages)
        self.validation = validation
        checkpoint = try weights.map { try Checkpoint.weights(contentsOf: $0) }
        self.weights = weights.map { .init(path: $0, sha256: try? Checksum.sha256(ofFile: $0)) }
    }

    /// The detector whose weights are started from, if they are one's.
    public func source() throws -> DenseDetector.Configuration? {
        try checkpoint.flatMap { try DenseDetector.configuration(of: $0) }
    }

    /// Images on which statistics are measured that weights do not have.
    static let measuredImages = 32
}

/// So many numbers below another, or all of them, as far from each other as can be.
func evenly(_ wanted: Int, of count: Int) -> [Int] {
    let taken = min(wanted, count)
    return (0..<taken).map { $0 * count / taken }
}

extension TrainingData {
    /// A few of the images, from all over the dataset.
    func sample(of count: Int) -> [Example] { evenly(count, of: examples.count).map { examples[$0] } }
}
