import NeedletailCheckpoints
import NeedletailGeometry
import NeedletailGraph
import NeedletailSystem

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Classifier {
    /// The metadata entry that holds the configuration as JSON.
    package static let configurationKey = "needletail.classifier"
    private static let whiteningPrefix = "needletail.whitening."

    /// Reads a classifier: a file that ``write(to:metadata:)`` wrote, or weights of another toolkit whose network is known,
    /// whose classes are called by their numbers.
    ///
    /// - Throws: `CheckpointError` when the file cannot be read, `ParameterMismatch` with every name that does not fit,
    ///   ``ClassifierError`` when the file is no classifier.
    public convenience init(contentsOf path: String) throws {
        try self.init(Checkpoint(contentsOf: path))
    }

    /// Makes a classifier of weights that say, or whose names and shapes tell, what they are of.
    ///
    /// - Throws: As ``init(contentsOf:)``.
    public convenience init(_ checkpoint: Checkpoint) throws {
        guard let configuration = try Self.configuration(of: checkpoint) ?? Self.recognized(checkpoint) else {
            let kind = CheckpointArchitecture(checkpoint).map { ". It looks like \($0)" } ?? ""
            throw ClassifierError(
                .notAClassifier, path: checkpoint.path,
                problem: "these weights are no classifier that can be used\(kind)",
                remedy: """
                    Train a classifier from them with \(verb: .trainingClassifiers), or give the best.safetensors of such \
                    a run.
                    """)
        }
        self.init(configuration, whitening: try Self.whitening(configuration, in: checkpoint))
        let mapping = try ParameterMapping(
            of: parameters.expected, in: checkpoint, allowing: .init(unexpected: [Self.whiteningPrefix]))
        try parameters.fill(from: mapping, takesOver: checkpoint.isMapped)
    }

    /// The configuration that a file states; nil where it states none.
    ///
    /// - Throws: ``ClassifierError`` when it is stated and cannot be used.
    public static func configuration(of checkpoint: Checkpoint) throws -> Configuration? {
        guard let text = checkpoint.metadata[configurationKey] else { return nil }
        do {
            return try JSONDecoder().decode(Configuration.self, from: Data(text.utf8))
        } catch {
            throw ClassifierError(
                .malformed, path: checkpoint.path, problem: "the classifier's configuration cannot be read (\(error))",
                remedy: "Was the file written by a newer version?")
        }
    }

    /// Weights that say nothing of themselves: the network by its names and shapes, a class for each row of its last layer.
    private static func recognized(_ checkpoint: Checkpoint) throws -> Configuration? {
        // A detector's backbone is no classifier, whatever it was before.
        guard try DenseDetector.configuration(of: checkpoint) == nil,
            let architecture = AnyBackboneArchitecture(of: checkpoint),
            let count = checkpoint.tensors.last(where: { $0.shape.count == 2 && $0.name.hasSuffix(".weight") })?
                .shape.first
        else { return nil }
        return Configuration(
            architecture: architecture, classes: (0..<count).map { "\($0)" }, transform: .published(architecture))
    }

    private static func whitening(_ configuration: Configuration, in checkpoint: Checkpoint) throws -> Whitening? {
        guard let kind = configuration.whitening else { return nil }
        guard let mean = checkpoint[whiteningPrefix + "mean"], let matrix = checkpoint[whiteningPrefix + "matrix"],
            matrix.shape == [mean.elementCount, mean.elementCount],
            configuration.transform.fixedSize.map({
                $0.width * $0.height * configuration.transform.channels == mean.elementCount
            }) ?? false
        else {
            throw ClassifierError(
                .malformed, path: checkpoint.path,
                problem: "the classifier whitens its images, and the numbers for that are missing",
                remedy: "Is the file whole, and as it was written?")
        }
        return Whitening(kind: kind, mean: try mean.floats(), matrix: try matrix.floats())
    }

    /// Writes weights, configuration and the names of the classes as one safetensors file, whole or not at all.
    ///
    /// - Parameter metadata: Further texts for the file's header, such as where the weights come from.
    /// - Throws: `CheckpointError`
    public func write(to path: String, metadata: [String: String] = [:]) throws {
        var metadata = metadata
        metadata[Self.configurationKey] = try configuration.metadataText
        metadata["format"] = "pt"
        var file = try parameters.file(metadata: metadata)
        if let whitening = inputTransform.whitening {
            let size = whitening.mean.count
            file.append(name: Self.whiteningPrefix + "mean", shape: [size], floats: whitening.mean)
            file.append(name: Self.whiteningPrefix + "matrix", shape: [size, size], floats: whitening.matrix)
        }
        try file.write(to: path)
    }
}

extension Classifier {
    /// Starts from the weights of another classifier, or of the backbone of a detector.
    ///
    /// All is taken over that has a place, but for the layer that makes a number for each class: its rows are those of
    /// classes of the same name, where the file names its classes, and fresh for the others.
    ///
    /// - Throws: `ParameterMismatch` naming all parameters that do not fit and the likely architecture;
    ///   `CheckpointError`.
    public func initialize(from checkpoint: Checkpoint) throws -> InitializationReport {
        let source = try Self.configuration(of: checkpoint)
        let head = parameterGroups.filter { !$0.isBackbone }.flatMap(\.parameters).map(\.name)
        let detector = try DenseDetector.configuration(of: checkpoint)
        let predictor = predictor
        let mapping = try ParameterMapping(
            of: parameters.expected, in: checkpoint,
            allowing: .init(
                missing: head, misshaped: head,
                unexpected: [Self.whiteningPrefix] + (detector == nil ? [] : ["backbone.", "head.", "neck."])))
        let fresh = predictor.map { (parameter: $0, values: Array($0.values)) }
        try parameters.fill(from: mapping)
        for (parameter, values) in fresh { parameter.update { _ = $0.update(fromContentsOf: values) } }
        let reuse = try reuseRows(of: checkpoint, source: source, mapping)
        return InitializationReport(
            path: checkpoint.path, architecture: CheckpointArchitecture(checkpoint)?.description,
            filledCount: mapping.assignments.count,
            freshNames: mapping.keptMissing.map(\.name) + mapping.keptMisshaped.map(\.parameter.name),
            reusedCategories: reuse.names, unusedRows: reuse.obstacle,
            unmeasuredNormalizations: mapping.foldedNormalizations(of: checkpoint))
    }

    /// The parameters with a row for each class: of the last layer.
    var predictor: [Parameter] {
        let count = configuration.classes.count
        let head = parameterGroups.last { $0.kind == .head }?.parameters ?? []
        guard let place = head.lastIndex(where: { $0.shape.count > 1 && $0.shape[0] == count }) else { return [] }
        return Array(head[place...].prefix { $0.shape.first == count })
    }

    /// Copies the rows of classes that are called the same.
    private func reuseRows(
        of checkpoint: Checkpoint, source: Configuration?, _ mapping: ParameterMapping
    ) throws -> (names: [String], obstacle: String?) {
        guard let source else { return ([], nil) }
        let places = CategoryNameIndex(source.classes).places(of: configuration.classes)
        let pairs = zip(configuration.classes.indices, places).compactMap { row, places in
            places.first.map { (from: $0, to: row) }
        }
        guard !pairs.isEmpty else { return ([], nil) }
        for parameter in predictor {
            guard let tensor = checkpoint.tensors.first(where: { $0.name.hasSuffix(parameter.name) }) else {
                return ([], "the file has no \(parameter.name)")
            }
            guard tensor.shape.first == source.classes.count, tensor.shape.dropFirst() == parameter.shape.dropFirst()
            else {
                return (
                    [],
                    "\(parameter.name) reads \(parameter.shape.dropFirst().first ?? 0) numbers here and "
                        + "\(tensor.shape.dropFirst().first ?? 0) in the file"
                )
            }
        }
        for parameter in predictor {
            guard let tensor = checkpoint.tensors.first(where: { $0.name.hasSuffix(parameter.name) }) else { continue }
            let values = try tensor.floats()
            let size = parameter.count / configuration.classes.count
            parameter.update { target in
                for pair in pairs {
                    for index in 0..<size { target[pair.to * size + index] = values[pair.from * size + index] }
                }
            }
        }
        return (pairs.map { configuration.classes[$0.to] }, nil)
    }
}

extension InputTransform {
    /// How images become the input of a classifier as it was published: the middle of the image, normalised with the mean
    /// and deviation of ImageNet; grey ones as a whole.
    public static func published(_ architecture: AnyBackboneArchitecture) -> InputTransform {
        let network = architecture.architecture
        guard network.inputChannels == 3 else {
            return InputTransform(
                fit: .whole, minimumSize: network.inputSize, maximumSize: network.inputSize,
                mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5], divisor: 1, channelOrder: .gray)
        }
        return InputTransform(
            fit: .middle, minimumSize: network.inputSize, maximumSize: network.inputSize * 8 / 7, divisor: 1)
    }
}

/// A file that is no classifier, or not one that can be used.
public struct ClassifierError: ActionableError {
    public enum Kind: Hashable, Sendable {
        case notAClassifier
        /// What the file says about itself cannot be read.
        case malformed
    }

    public let kind: Kind
    /// The file.
    public let subject: String
    public let problem: String
    public let remedy: Remedy?

    init(_ kind: Kind, path: String, problem: String, remedy: Remedy?) {
        self.kind = kind
        subject = path
        self.problem = problem
        self.remedy = remedy
    }
}

extension Verb {
    /// Training a classifier.
    public static let trainingClassifiers = Verb(rawValue: "training a classifier")
}
