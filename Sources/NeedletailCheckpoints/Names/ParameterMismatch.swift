import NeedletailArchives
import NeedletailSystem

/// Weights that do not fit a model: everything that is wrong, at once. Its text names what is alike by a pattern, once.
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
    public var remedy: Remedy? {
        if likelyArchitecture != nil { return "Give the model that they are of, or leave \(setting: .model) to them." }
        return fitsNothing ? "\(verb: .showWeights) lists what the file holds." : nil
    }

    /// Whether no tensor of the file has a name of the model's.
    let fitsNothing: Bool

    public var problem: String {
        var lines = ["the weights do not fit the model"]
        if let likelyArchitecture {
            lines[0] += "; these look like \(likelyArchitecture) weights"
        } else if fitsNothing {
            lines[0] += "; they are of a network that is not known here"
        }
        func list(_ title: String, _ items: [(name: String, text: String)]) {
            guard !items.isEmpty else { return }
            lines.append("  \(title) (\(items.count)):")
            lines += Self.lines(items).map { "    \(printable($0))" }
        }
        list("missing from the file", missing.map { ($0.name, $0.description) })
        list("in the file, but not in the model", unexpected.map { ($0, $0) })
        list(
            "of another shape",
            misshaped.map {
                (
                    $0.parameter.name,
                    "\($0.parameter.name): the model has \($0.parameter.shape), the file \($0.shapeInFile)"
                )
            })
        return lines.joined(separator: "\n")
    }

    /// Lines that a list may have.
    private static let mostLines = 5

    /// A few items as they are; of many those that differ in numbers alone as one, and no more than a few of these.
    private static func lines(_ items: [(name: String, text: String)]) -> [String] {
        guard items.count > mostLines else { return items.map(\.text) }
        var groups: [(pattern: String, first: String, count: Int)] = []
        var places: [String: Int] = [:]
        for (name, text) in items {
            let pattern = pattern(of: name)
            if let place = places[pattern] {
                groups[place].count += 1
            } else {
                places[pattern] = groups.count
                groups.append((pattern, text, 1))
            }
        }
        // The largest first; of equal ones in their order.
        groups = groups.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
            .map(\.element)
        let shown = groups.count > mostLines ? groups.prefix(mostLines - 1) : groups[...]
        var lines = shown.map { $0.count == 1 ? $0.first : "\($0.pattern) (\($0.count)), as \($0.first)" }
        let rest = items.count - shown.reduce(0) { $0 + $1.count }
        if rest > 0 { lines.append("... and \(rest) more") }
        return lines
    }

    /// A name with stars for its numbers.
    private static func pattern(of name: String) -> String {
        name.split(separator: ".", omittingEmptySubsequences: false).map { part in
            let stem = part.reversed().drop { $0.isNumber }.reversed()
            return stem.count < part.count ? String(stem) + "*" : String(part)
        }.joined(separator: ".")
    }
}

extension Setting {
    /// Which network a detector is made with.
    public static let model = Setting(rawValue: "TrainingRecipe.backbone")
}

extension Verb {
    /// Listing the tensors of a file of weights.
    public static let showWeights = Verb(rawValue: "Checkpoint.tensors")
}
