import NeedletailSystem

/// Weights that do not fit a model: everything that is wrong, at once.
public struct ParameterMismatch: ActionableError, Equatable {
    public enum Kind: Hashable, Sendable { case otherModel }

    public struct Misshaped: Equatable, Sendable {
        public let parameter: ExpectedParameter
        public let shapeInFile: [Int]
    }

    /// The weight file.
    public let path: String
    /// Parameters of the model that the file lacks, by the model's names.
    public let missing: [ExpectedParameter]
    /// Tensors of the file that the model has no place for, by the file's names.
    public let unexpected: [String]
    public let misshaped: [Misshaped]
    /// What the file looks like, such as `resnet50`, if it is known.
    public let likelyArchitecture: String?

    public var kind: Kind { .otherModel }
    public var subject: String { path }
    public var remedy: Remedy? { nil }

    public var problem: String {
        var lines = ["the weights do not fit the model"]
        if let likelyArchitecture { lines[0] += "; these look like \(likelyArchitecture) weights" }
        func list(_ title: String, _ items: [String]) {
            guard !items.isEmpty else { return }
            lines.append("  \(title) (\(items.count)):")
            lines += items.map { "    \(printable($0))" }
        }
        list("missing from the file", missing.map(\.description))
        list("in the file, but not in the model", unexpected)
        list(
            "of another shape",
            misshaped.map { "\($0.parameter.name): the model has \($0.parameter.shape), the file \($0.shapeInFile)" })
        return lines.joined(separator: "\n")
    }
}
