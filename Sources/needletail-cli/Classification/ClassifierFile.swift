import Needletail
import NeedletailKernels

/// A classifier as a person gives it: its file and, where that does not say, a file with the names of its classes.
enum ClassifierFile {
    /// - Throws: `CheckpointError`, `ClassifierError`, `ONNXError`; ``CommandError`` when there are not as many names as
    ///   classes.
    static func read(
        _ path: String, classes: String?, pool: ThreadPool
    ) throws -> (classifier: any ImageClassifier, names: [String]) {
        if try ONNXFile.isONNX(path) {
            let network = try ONNXClassifier(
                contentsOf: path, classNames: try classes.map { try Self.names($0) }, pool: pool)
            return (network, network.classes)
        }
        let classifier = try Classifier(contentsOf: path)
        let own = classifier.configuration.classes
        guard let classes else { return (classifier, own) }
        let names = try Self.names(classes)
        guard names.count == own.count else {
            throw CommandError(
                "\(classes): there are \(names.count) names, and \(path) tells \(own.count) classes apart. Give a name a line, in "
                    + "the order of the network's outputs.")
        }
        return (classifier, names)
    }

    /// Names in a file: a line each, or a list or dictionary as other programs write it.
    static func names(_ path: String) throws -> [String] {
        let text = try TextFile.read(path, limit: 1 << 24)
        if let names = ClassNames.listed(text) { return names }
        return text.split(separator: "\n", omittingEmptySubsequences: true)
            .map { line in
                var line = String(line)
                while line.last?.isWhitespace ?? false { line.removeLast() }
                return line
            }.filter { !$0.isEmpty }
    }
}
