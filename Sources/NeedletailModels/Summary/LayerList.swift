import NeedletailGraph
import NeedletailKernels
import NeedletailSystem

/// A few layers in words, one behind the other, to reckon with: `conv 5 stride=2 padding=1; max-pool 3; conv 3 padding=1`.
///
/// A layer is `conv`, `max-pool` or `average-pool` with the size of its window (`5`, or `3x5` for height and width) and, as
/// far as they are not 1, 0 and 1, `stride`, `padding` and `dilation`. `padding` takes `same`, too, and sizes for top, left,
/// bottom and right; `ceil` lets a last window of pooling reach beyond the edge. `channels` of a convolution are one
/// unless given.
public struct LayerList {
    public let graph: Graph

    /// - Throws: ``LayerListError`` that names the layer and what fits there.
    public init(_ text: String, channels: Int = 1) throws(LayerListError) {
        var layers: [any Operator] = []
        var channels = channels
        let inputChannels = channels
        let store = ParameterStore()
        for (number, piece) in text.split(whereSeparator: { $0 == ";" || $0.isNewline }).enumerated() {
            let words = LayerWords(piece, number: number + 1)
            guard !words.kind.isEmpty else { continue }
            layers.append(try Self.layer(words, store.root[words.name], &channels))
        }
        guard !layers.isEmpty else {
            throw LayerListError(layer: text, problem: "there is no layer", remedy: "Write 'conv 3 padding=1', say.")
        }
        graph = Graph { builder in
            var value = builder.input("image", channels: inputChannels)
            for (number, layer) in layers.enumerated() {
                value = Self.record(layer, on: value, named: "layer \(number + 1)", builder)
            }
            builder.output("result", value)
        }
    }

    private static func record(
        _ layer: some Operator, on value: Value, named name: String, _ builder: GraphBuilder
    ) -> Value {
        builder.append(layer, to: [value], name: name)[0]
    }

    private static func layer(
        _ words: LayerWords, _ scope: ParameterScope, _ channels: inout Int
    ) throws(LayerListError) -> any Operator {
        let size = try words.size()
        let stride = try words.extent("stride"), dilation = try words.extent("dilation")
        let padding = try words.padding()
        switch words.kind {
        case "conv":
            try words.allow(["stride", "padding", "dilation", "channels"], flags: [])
            let outputs = try words.number("channels") ?? 1
            defer { channels = outputs }
            return Convolution(
                scope, inputChannels: channels, outputChannels: outputs, kernel: size, stride: stride,
                padding: padding, dilation: dilation, hasBias: true, initializedBy: .constant(0))
        case "max-pool":
            try words.allow(["stride", "padding", "dilation"], flags: ["ceil"])
            return MaxPooling(
                size, stride: stride, padding: padding, dilation: dilation, roundsUp: words.flags.contains("ceil"))
        case "average-pool":
            try words.allow(["stride", "padding"], flags: ["ceil"])
            return AveragePooling(size, stride: stride, padding: padding, roundsUp: words.flags.contains("ceil"))
        default:
            throw words.error("there is no layer '\(words.kind)'", "Layers are conv, max-pool and average-pool.")
        }
    }
}

/// A layer that cannot be understood.
public struct LayerListError: ActionableError {
    public enum Kind: Hashable, Sendable {
        case syntax
    }

    public var kind: Kind { .syntax }
    public let layer: String
    public let problem: String
    public let remedy: Remedy?

    public var subject: String { "'\(layer)'" }

    init(layer: String, problem: String, remedy: Remedy) {
        self.layer = layer
        self.problem = problem
        self.remedy = remedy
    }
}

/// The words of one layer.
private struct LayerWords {
    let text: String
    let name: String
    let kind: String
    /// The words without a name.
    let plain: [String]
    let settings: [String: String]

    init(_ text: Substring, number: Int) {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        self.text = words.joined(separator: " ")
        name = "layer \(number)"
        kind = words.first ?? ""
        plain = words.dropFirst().filter { !$0.contains("=") }
        settings = words.dropFirst().filter { $0.contains("=") }.reduce(into: [:]) { settings, word in
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            settings[String(parts[0])] = String(parts[1])
        }
    }

    var flags: ArraySlice<String> { plain.dropFirst() }

    func error(_ problem: String, _ remedy: Remedy) -> LayerListError {
        LayerListError(layer: text, problem: problem, remedy: remedy)
    }

    func allow(_ names: [String], flags allowed: [String]) throws(LayerListError) {
        let known: Remedy = "It takes \((names.map { "\($0)=" } + allowed).joined(separator: ", "))."
        if let name = settings.keys.sorted().first(where: { !names.contains($0) }) {
            throw error("'\(kind)' has no '\(name)'", known)
        }
        if let flag = flags.first(where: { !allowed.contains($0) }) {
            throw error("'\(flag)' means nothing here", known)
        }
    }

    func size() throws(LayerListError) -> Extent {
        guard let word = plain.first, let size = Self.extent(word) else {
            throw error(
                "the size of the window is missing", "Write '\(kind) 3', or '\(kind) 3x5' for height and width.")
        }
        return size
    }

    func extent(_ name: String) throws(LayerListError) -> Extent {
        guard let word = settings[name] else { return 1 }
        guard let extent = Self.extent(word) else {
            throw error("'\(name)=\(word)' is no size", "Write '\(name)=2', or '\(name)=2x1' for height and width.")
        }
        return extent
    }

    func number(_ name: String) throws(LayerListError) -> Int? {
        guard let word = settings[name] else { return nil }
        guard let number = Int(word), (1...Self.greatest).contains(number) else {
            throw error("'\(name)=\(word)' is no number from 1 to \(Self.greatest)", "Write '\(name)=64', say.")
        }
        return number
    }

    func padding() throws(LayerListError) -> Padding {
        guard let word = settings["padding"] else { return .valid }
        if word == "same" { return .same() }
        let sizes = word.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        let known = sizes.compactMap { $0 }.filter { (0...Self.greatest).contains($0) }
        guard known.count == sizes.count, [1, 4].contains(known.count) else {
            throw error(
                "'padding=\(word)' is no padding",
                "Write 'padding=1', 'padding=0,1,0,1' for top, left, bottom and right, or 'padding=same'.")
        }
        if known.count == 1 { return Padding(known[0]) }
        return .edges(EdgePadding(top: known[0], left: known[1], bottom: known[2], right: known[3]))
    }

    private static let greatest = 65_536

    private static func extent(_ word: String) -> Extent? {
        let parts = word.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        let numbers = parts.compactMap { $0 }.filter { (1...greatest).contains($0) }
        guard numbers.count == parts.count else { return nil }
        switch numbers.count {
        case 1: return Extent(numbers[0])
        case 2: return Extent(height: numbers[0], width: numbers[1])
        default: return nil
        }
    }
}
