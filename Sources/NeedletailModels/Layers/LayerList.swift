import NeedletailErrors
import NeedletailGraph
import NeedletailKernels
import NeedletailSystem

/// A network in words, one layer behind the other, a line each or separated by semicolons:
///
///     input 227 channels=3       # height and width, or 227x300; 3 channels unless given
///     conv 96 kernel=11 stride=4
///     relu
///     lrn
///     max-pool 3 stride=2
///     linear 9
///
/// Parameters are named by the number of their layer from 0, as torch's `Sequential` names them: `0.weight`.
/// ``LayerKind`` says which layers there are and what each takes.
public struct LayerList {
    /// A layer, for what reaches it.
    struct Layer {
        var operation: any Operator
        /// Of its result.
        var channels: Int
        /// Pixels of what it reads from one place of its result to the next.
        var stride: Int
        /// Its place in the text.
        var position: LayerWords.Position
    }

    let layers: [Layer]
    /// Channels of the input: as the text says, or as was asked for where it says nothing of an input.
    public let inputChannels: Int
    /// Height and width of the input; nil where nobody says.
    public let inputSize: Extent?

    /// Reads a text.
    ///
    /// - Parameters:
    ///   - channels: Of the input where the text does not begin with one; `input 227` has 3, unless it says otherwise.
    ///   - size: Of the input, whatever the text says.
    ///   - usualSize: Of the input where neither `size` nor the text says. Where nobody does, linear layers can only stand
    ///     behind pooling that leaves a known size.
    /// - Throws: ``LayerListError`` that names line, column and what fits there.
    public init(
        _ text: String, channels: Int = 1, size: Extent? = nil, usualSize: Extent? = nil
    ) throws(LayerListError) {
        try self.init(
            text, channels: channels, size: size, usualSize: usualSize, in: ParameterStore().root,
            style: LayerStyle(), file: nil)
    }

    /// Reads a file.
    ///
    /// - Throws: As for a text; `FileError` where it cannot be read.
    public init(
        contentsOf path: String, channels: Int = 1, size: Extent? = nil, usualSize: Extent? = nil
    ) throws {
        let source = try ByteSource(reading: path, limit: 1 << 20)
        try self.init(
            String(decoding: source.text, as: UTF8.self), channels: channels, size: size, usualSize: usualSize,
            in: ParameterStore().root, style: LayerStyle(), file: path)
    }

    /// - Parameters:
    ///   - scope: Where the parameters are named.
    ///   - file: What errors name.
    init(
        _ text: String, channels: Int, size: Extent?, usualSize: Extent?, in scope: ParameterScope, style: LayerStyle,
        file: String?
    ) throws(LayerListError) {
        var words = LayerWords.all(of: text, file: file)
        var factory = LayerFactory(channels: channels, size: size ?? usualSize, style: style)
        if let first = words.first, first.kind == "input" {
            try factory.readInput(first, size: size)
            words.removeFirst()
        }
        (inputChannels, inputSize) = (factory.channels, factory.size)
        var layers: [Layer] = []
        for (index, words) in words.enumerated() { layers.append(try factory.layer(words, scope[index])) }
        guard !layers.isEmpty else {
            throw LayerListError(
                position: LayerWords.Position(file: file, line: 1, column: 1), layer: "", problem: "there is no layer",
                remedy: "Write 'conv 3 padding=1', say.")
        }
        self.layers = layers
    }

    public var parameters: [Parameter] { layers.flatMap(\.operation.parameters) }

    /// The layers of one stride are a stage; a last layer that is linear is the head.
    public var parameterGroups: [ParameterGroup] {
        guard let last = layers.last?.operation as? Linear else { return StackedBackbone(blocks).stages }
        return StackedBackbone(blocks.dropLast()).stages
            + [ParameterGroup(name: "classifier", kind: .head, parameters: last.parameters)]
    }

    /// What the layers make of a value.
    public func callAsFunction(_ input: Value) -> Value { layers.reduce(input) { $1.operation($0) } }

    /// The layers behind an input, `image`; their nodes are called by their numbers.
    public var graph: Graph {
        Graph { builder in
            var value = builder.input("image", channels: inputChannels)
            for (number, layer) in layers.enumerated() {
                value = Self.record(layer.operation, on: value, named: "\(number)", builder)
            }
            builder.output("result", value)
        }
    }

    private static func record(
        _ layer: some Operator, on value: Value, named name: String, _ builder: GraphBuilder
    ) -> Value {
        builder.append(layer, to: [value], name: name)[0]
    }
}

extension LayerList {
    /// Layers of this package itself.
    ///
    /// - Precondition: The text is right, and fits the size.
    init(
        known text: String, channels: Int, size: Extent? = nil, in scope: ParameterScope, style: LayerStyle
    ) {
        do throws(LayerListError) {
            try self.init(
                text, channels: channels, size: size, usualSize: nil, in: scope, style: style, file: nil)
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
