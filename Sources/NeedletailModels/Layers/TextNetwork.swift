import NeedletailErrors
import NeedletailGraph
import NeedletailKernels

/// A classifier in words, as ``LayerList`` reads them; the last layer is linear and has a number for each class.
///
/// Its name is its text in one line, so a file that states the name of a network states this one whole.
public struct TextNetwork: BackboneArchitecture {
    /// Its layers, the input first, without remarks.
    private let lines: [String]
    public let inputChannels: Int
    public let usualClassCount: Int
    /// Height and width of the images that it reads.
    public let inputExtent: Extent

    /// - Parameters:
    ///   - text: Begins with the input, such as `input 227 channels=3`.
    ///   - file: What errors name.
    /// - Throws: ``LayerListError``
    public init(_ text: String, file: String? = nil) throws(LayerListError) {
        let list = try LayerList(
            text, channels: 1, size: nil, usualSize: nil, in: ParameterStore().root, style: LayerStyle(), file: file)
        let words = LayerWords.all(of: text, file: file)
        guard let size = list.inputSize else {
            throw words[0].error(
                "the size of the input is missing", "Begin with 'input 224 channels=3', say.", kind: .shape)
        }
        guard let last = list.layers.last?.operation as? Linear else {
            throw words[words.count - 1].error(
                "the last layer of a classifier is linear", "End with 'linear 10' for ten classes.", kind: .shape)
        }
        lines = words.map(\.text)
        inputChannels = list.inputChannels
        usualClassCount = last.weight.shape[0]
        inputExtent = size
    }

    public var name: String { lines.joined(separator: "; ") }

    public static var family: [TextNetwork] { [] }

    public static func named(_ name: String) -> TextNetwork? {
        guard name.hasPrefix("input ") else { return nil }
        return try? TextNetwork(name)
    }

    /// Its layers need not be those of a pyramid.
    public var suitsPyramid: Bool { false }
    /// The longer side; ``inputExtent`` has both.
    public var inputSize: Int { max(inputExtent.height, inputExtent.width) }

    public func makeBackbone(
        _ scope: ParameterScope, normalization: BatchNormalization.Kind, epsilon: Float, seed: UInt64
    ) -> any Backbone {
        let style = LayerStyle(normalization: normalization, epsilon: epsilon, seed: seed)
        return StackedBackbone(lines.count > 2 ? list(lines.dropLast(), scope, style).blocks : [])
    }

    public func makeClassifier(
        _ scope: ParameterScope, classCount: Int, normalization: BatchNormalization.Kind, seed: UInt64
    ) -> (groups: [ParameterGroup], logits: (Value) -> Value) {
        let list = list(lines(classCount: classCount), scope, LayerStyle(normalization: normalization, seed: seed))
        return (list.parameterGroups, { list($0) })
    }

    /// Whether a last layer of so many classes can be.
    func admits(classCount: Int) -> Bool {
        (try? LayerList(lines(classCount: classCount).joined(separator: "; "), channels: inputChannels)) != nil
    }

    private func lines(classCount: Int) -> [String] {
        let words = lines[lines.count - 1].split(separator: " ")
        return lines.dropLast() + [(["linear", "\(classCount)"] + words.dropFirst(2)).joined(separator: " ")]
    }

    private func list(_ lines: [String], _ scope: ParameterScope, _ style: LayerStyle) -> LayerList {
        LayerList(known: lines.joined(separator: "; "), channels: inputChannels, in: scope, style: style)
    }
}
