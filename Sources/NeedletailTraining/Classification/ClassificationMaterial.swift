import NeedletailCheckpoints
import NeedletailDatasets
import NeedletailDownloads
import NeedletailModels
import NeedletailONNX

/// What a classifier is trained from, read and matched.
public struct ClassificationMaterial: Sendable {
    public let training: ClassificationDataset
    /// With the classes of the training dataset.
    public let validation: ClassificationDataset?
    /// Classes of the validation dataset that are not trained on, with their pictures.
    public let unknownClasses: [(name: String, count: Int)]
    public let checkpoint: Checkpoint?
    public let weights: StartingWeights?

    /// - Parameters:
    ///   - validation: Measured after every epoch; classes are found by name.
    ///   - weights: A file of weights to start from, a classifier's or a detector's, or an ONNX file of such a network.
    /// - Throws: ``TrainingError`` when there is nothing to learn; `CheckpointError`.
    public init(
        _ training: ClassificationDataset, validation: ClassificationDataset? = nil, weights: String? = nil
    ) throws {
        // A class without a picture to train on cannot be learnt, and would only be in the way.
        let counts = training.counts
        let used = training.classes.indices.filter { counts[$0] > 0 }.map { training.classes[$0] }
        let least = training.hasSeveralLabels ? 1 : 2
        guard used.count >= least else {
            throw TrainingError(
                .data, training.path,
                problem: used.isEmpty
                    ? "there is no picture with a class to train on"
                    : "all pictures are of one class, '\(used[0])', and there is nothing to be told apart",
                remedy: "Give pictures of at least two classes; those that show none of it can be a class of their own."
            )
        }
        guard used.count <= Classifier.Configuration.mostClasses else {
            throw TrainingError(
                .data, training.path,
                problem: "there are \(used.count) classes with pictures, and a classifier tells apart "
                    + "\(Classifier.Configuration.mostClasses) at most",
                remedy: """
                    Join classes that need not be told apart. Is a column of the table taken for the class that is none, \
                    such as a file's name?
                    """)
        }
        self.training = training.matched(to: used).dataset
        let matched = validation?.matched(to: used)
        self.validation = matched?.dataset
        unknownClasses = matched?.unknown ?? []
        if let validation, let matched, matched.dataset.items.isEmpty {
            throw TrainingError(
                .data, validation.path,
                problem: "none of its \(validation.items.count) pictures is of a class that is trained on: "
                    + used.listed(),
                remedy: "Are its classes called otherwise? They are matched by name.")
        }
        checkpoint = try weights.map { try Checkpoint.weights(contentsOf: $0) }
        self.weights = weights.map { .init(path: $0, sha256: try? Checksum.sha256(ofFile: $0)) }
    }

    /// The network that the weights are of, if they tell.
    public func network() throws -> AnyBackboneArchitecture? {
        guard let checkpoint else { return nil }
        return try Classifier.configuration(of: checkpoint)?.architecture ?? AnyBackboneArchitecture(of: checkpoint)
    }
}
