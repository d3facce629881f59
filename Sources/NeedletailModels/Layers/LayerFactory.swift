import NeedletailErrors
import NeedletailGraph
import NeedletailKernels

/// Makes layers of words, each for what the one before it leaves.
struct LayerFactory {
    private(set) var channels: Int
    /// Of the input.
    private(set) var size: Extent?
    private let style: LayerStyle
    /// Of what reaches the next layer, for one image; nil where the size of the input is not known.
    private var shape: TensorShape?

    init(channels: Int, size: Extent?, style: LayerStyle) {
        self.channels = channels
        self.size = size
        self.style = style
        shape = size.map { TensorShape(batch: 1, height: $0.height, width: $0.width, channels: channels) }
    }

    /// Reads `input 227 channels=1`, or one of the two; an input that does not say is a picture in colour.
    ///
    /// - Parameter size: What takes the place of the size that is written.
    mutating func readInput(_ words: LayerWords, size: Extent?) throws(LayerListError) {
        try words.allow(["channels"], flags: [])
        let written = words.argument == nil ? nil : try words.size(of: "input", example: "224")
        self = LayerFactory(
            channels: try words.number("channels") ?? 3, size: size ?? written ?? self.size, style: style)
    }

    /// Makes the next layer.
    mutating func layer(_ words: LayerWords, _ scope: ParameterScope) throws(LayerListError) -> LayerList.Layer {
        guard let kind = LayerKind(rawValue: words.kind) else {
            let names = LayerKind.allCases.map(\.rawValue)
            throw words.error(
                words.kind == "input" ? "an input stands before all layers" : "there is no layer '\(words.kind)'",
                "Layers are \(names.joined(separator: ", ")).\(NearestName.question(words.kind, among: names))")
        }
        try check(words, kind)
        let operation = try makeOperator(kind, words, scope)
        var stride = 1
        if let shape {
            let read = TensorType(shape)
            do throws(OperatorError) {
                let result = try operation.outputTypes(of: [read])[0].shape
                guard !result.dimensions.contains(where: { $0 <= 0 }) else {
                    throw OperatorError(nothingLeft(of: shape), kind: .tooSmall)
                }
                guard Self.isWithin(result.dimensions, Self.mostNumbers) else {
                    throw OperatorError("its result, \(result), is larger than any memory")
                }
                stride = operation.window(of: [read])?.stride.height ?? 1
                self.shape = result
                channels = result.channels
            } catch {
                throw words.error(error.problem, nil, kind: .shape)
            }
        } else {
            stride = follow(operation, kind)
        }
        return LayerList.Layer(operation: operation, channels: channels, stride: stride, position: words.position)
    }

    private func nothingLeft(of shape: TensorShape) -> String {
        let input = size.map { "an image of \($0.width)x\($0.height) pixels" } ?? "the input"
        return "\(input) is too small for the network: of a map of \(shape.width)x\(shape.height) nothing is left here"
    }

    /// Keeps count of channels, and of the size where pooling leaves a known one.
    private mutating func follow(_ operation: any Operator, _ kind: LayerKind) -> Int {
        switch operation {
        case let layer as Convolution:
            channels = layer.weight.shape[0]
            return layer.stride.height
        case let layer as TransposedConvolution: channels = layer.outputChannels
        case is GlobalAveragePooling:
            shape = TensorShape(batch: 1, height: 1, width: 1, channels: channels)
        case let layer as AdaptiveAveragePooling:
            shape = TensorShape(batch: 1, height: layer.size.height, width: layer.size.width, channels: channels)
        case let layer as MaxPooling: return layer.pooling.stride.height
        case let layer as AveragePooling: return layer.pooling.stride.height
        default: break
        }
        return 1
    }

    /// Checks the words that a layer has, before what they mean.
    private func check(_ words: LayerWords, _ kind: LayerKind) throws(LayerListError) {
        try words.allow(kind.settings, flags: kind.flags)
        switch kind.argument {
        case .required where words.argument == nil:
            let isWindow = [.convolution, .depthwiseConvolution, .maxPooling, .averagePooling].contains(kind)
            throw words.error(
                isWindow ? "the size of the window is missing" : "a number is missing",
                "Write '\(kind.example)', say.")
        case .none:
            if let word = words.argument {
                throw words.error("'\(word.text)' means nothing here", "Write '\(kind.example)'.", at: word)
            }
        default: break
        }
    }

    private func makeOperator(
        _ kind: LayerKind, _ words: LayerWords, _ scope: ParameterScope
    ) throws(LayerListError) -> any Operator {
        if let activation = kind.activation { return ElementwiseActivation(activation) }
        switch kind {
        case .convolution, .depthwiseConvolution: return try convolution(words, scope, kind)
        case .transposedConvolution: return try transposed(words, scope)
        case .linear: return try linear(words, scope)
        case .maxPooling:
            return MaxPooling(
                try words.size(), stride: try words.extent("stride") ?? 1, padding: try words.padding(),
                dilation: try words.extent("dilation") ?? 1, roundsUp: words.has("ceil"))
        case .averagePooling:
            return AveragePooling(
                try words.size(), stride: try words.extent("stride") ?? 1, padding: try words.padding(),
                roundsUp: words.has("ceil"))
        case .globalAveragePooling: return GlobalAveragePooling()
        case .adaptiveAveragePooling: return AdaptiveAveragePooling(try words.size(of: "result", example: "7"))
        case .upsampling: return BilinearUpsampling(factor: try words.size(of: "factor", example: "2"))
        case .batchNormalization: return style.batchNormalization(scope, channels: channels)
        case .groupNormalization:
            return GroupNormalization(scope, channels: channels, groups: try groups(words, words.argument))
        case .layerNormalization: return LayerNormalization(scope, channels: channels)
        case .localResponseNormalization:
            return LocalResponseNormalization(
                size: try words.argument.map(words.number) ?? 5,
                alpha: try words.real("alpha", in: 0..<1000, example: "1e-4") ?? 1e-4,
                beta: try words.real("beta", in: 0..<100, example: "0.75") ?? 0.75,
                k: try words.real("k", in: 1e-6..<1000, example: "1") ?? 1)
        case .leakyReLU:
            let slope = try words.argument.map { word throws(LayerListError) in
                try words.real(word, in: 0..<1, example: kind.example)
            }
            return ElementwiseActivation(.leakyReLU(slope: slope ?? 0.01))
        case .softmax: return Softmax()
        case .dropout:
            guard let word = words.argument else { preconditionFailure("'\(words.text)' has no number") }
            return Dropout(try words.real(word, in: 0..<1, example: kind.example))
        case .flatten: return Flatten()
        case .relu, .relu6, .silu, .hardSwish, .sigmoid, .hardSigmoid, .tanh, .gelu:
            preconditionFailure("\(kind) is a function")
        }
    }
}

// MARK: Layers with weights

extension LayerFactory {
    /// `conv 64 kernel=3`, or `conv 3 channels=64` with the window first; `depthwise-conv 3`.
    private func convolution(
        _ words: LayerWords, _ scope: ParameterScope, _ kind: LayerKind
    ) throws(LayerListError) -> Convolution {
        let kernel: Extent, outputs: Int, groups: Int
        if kind == .depthwiseConvolution {
            (kernel, outputs, groups) = (try words.size(), channels, channels)
        } else if let window = try words.extent("kernel"), let word = words.argument {
            guard words.setting("channels") == nil else {
                throw words.error(
                    "channels are given twice", "Write '\(kind.example)' or 'conv 3 channels=64'.",
                    at: words.setting("channels"))
            }
            (kernel, outputs) = (window, try words.number(word))
            groups = try self.groups(words, words.setting("groups"))
        } else {
            (kernel, outputs) = (try words.size(), try words.number("channels") ?? 1)
            groups = try self.groups(words, words.setting("groups"))
        }
        guard outputs.isMultiple(of: groups) else {
            throw words.error(
                "\(groups) groups do not divide \(outputs) channels", "Take a number that divides both.",
                at: words.setting("groups"))
        }
        try checkWeights([outputs, channels / groups, kernel.height, kernel.width], words)
        return Convolution(
            scope, inputChannels: channels, outputChannels: outputs, kernel: kernel,
            stride: try words.extent("stride") ?? 1, padding: try words.padding(),
            dilation: try words.extent("dilation") ?? 1, groups: groups, hasBias: !words.has("no-bias"),
            initializedBy: style.convolutionInitializer)
    }

    private func transposed(
        _ words: LayerWords, _ scope: ParameterScope
    ) throws(LayerListError) -> TransposedConvolution {
        guard let word = words.argument, let kernel = try words.extent("kernel") else {
            throw words.error(
                "the size of the kernel is missing", "Write '\(LayerKind.transposedConvolution.example)'.")
        }
        let outputs = try words.number(word), groups = try groups(words, words.setting("groups"))
        guard outputs.isMultiple(of: groups) else {
            throw words.error(
                "\(groups) groups do not divide \(outputs) channels", "Take a number that divides both.",
                at: words.setting("groups"))
        }
        try checkWeights([channels, outputs / groups, kernel.height, kernel.width], words)
        let stride = try words.extent("stride") ?? 1, dilation = try words.extent("dilation") ?? 1
        let more = try words.extent("output-padding") ?? Extent(0)
        guard more.height < max(stride.height, dilation.height), more.width < max(stride.width, dilation.width) else {
            throw words.error(
                "output-padding must be smaller than the stride or the dilation", "Take a smaller one.",
                at: words.setting("output-padding"))
        }
        guard case .edges(let padding) = try edges(words) else {
            throw words.error("a transposed convolution cuts off numbers of pixels", "Write 'padding=1', say.")
        }
        return TransposedConvolution(
            scope, inputChannels: channels, outputChannels: outputs, kernel: kernel, stride: stride, padding: padding,
            outputPadding: more, dilation: dilation, groups: groups, hasBias: !words.has("no-bias"),
            initializedBy: style.convolutionInitializer)
    }

    private func edges(_ words: LayerWords) throws(LayerListError) -> Padding {
        let padding = try words.padding()
        return padding == .valid ? .edges(0) : padding
    }

    private func linear(_ words: LayerWords, _ scope: ParameterScope) throws(LayerListError) -> Linear {
        guard let word = words.argument else { preconditionFailure("'\(words.text)' has no number") }
        let outputs = try words.number(word)
        guard let shape else {
            throw words.error(
                "how many numbers reach a linear layer depends on the size of the input, which is not known",
                "Begin with 'input 224 channels=3', say.", kind: .shape)
        }
        try checkWeights(shape.dimensions + [outputs], words)
        return Linear(
            scope, inputs: shape.count, outputs: outputs, hasBias: !words.has("no-bias"),
            initializedBy: style.linearInitializer)
    }

    /// Weights of a layer, and numbers of its result: more fit into no machine, and counting what they cost overflows.
    private static let mostNumbers = 1 << 30

    private static func isWithin(_ factors: [Int], _ limit: Int) -> Bool {
        factors.reduce(1.0) { $0 * Double($1) } <= Double(limit)
    }

    private func checkWeights(_ factors: [Int], _ words: LayerWords) throws(LayerListError) {
        guard Self.isWithin(factors, Self.mostNumbers) else {
            throw words.error(
                "its \(factors.map(String.init).joined(separator: " · ")) weights are more than any memory holds",
                "Make the map smaller before it, by pooling, or take fewer channels.", kind: .shape)
        }
    }

    /// Groups that divide the channels.
    private func groups(_ words: LayerWords, _ word: LayerWords.Word?) throws(LayerListError) -> Int {
        guard let word else { return 1 }
        let groups = try words.number(word)
        guard channels.isMultiple(of: groups) else {
            throw words.error(
                "\(groups) groups do not divide the \(channels) channels that reach it",
                "Take a number that divides them.", at: word)
        }
        return groups
    }
}
