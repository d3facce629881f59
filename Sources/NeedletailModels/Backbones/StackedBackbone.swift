import NeedletailGraph
import NeedletailKernels

/// A backbone of blocks one behind the other.
///
/// The blocks of one stride are a stage, which is frozen as a whole, and the last of them makes the map of a level.
struct StackedBackbone: Backbone {
    struct Block {
        /// Pixels of what it reads from one place of its map to the next.
        var stride: Int
        /// Of its map.
        var channels: Int
        var parameters: [Parameter]
        var apply: (Value) -> Value
    }

    private let runs: [(level: FeatureLevel, blocks: [Block])]

    init(_ blocks: [Block]) {
        var runs: [(level: FeatureLevel, blocks: [Block])] = []
        var stride = 1
        for block in blocks {
            stride *= block.stride
            if runs.isEmpty || block.stride > 1 { runs.append((FeatureLevel(name: "", stride: 1, channels: 0), [])) }
            runs[runs.count - 1].level = FeatureLevel(
                name: "c\(stride.trailingZeroBitCount)", stride: stride, channels: block.channels)
            runs[runs.count - 1].blocks.append(block)
        }
        self.runs = runs
    }

    var levels: [FeatureLevel] { runs.map(\.level) }
    /// Of the last map.
    var channels: Int { runs.last?.level.channels ?? 0 }

    var stages: [ParameterGroup] {
        runs.map { ($0.level, $0.blocks.flatMap(\.parameters)) }.filter { !$0.1.isEmpty }.enumerated().map {
            ParameterGroup(name: $1.0.name, kind: .backbone(stage: $0), parameters: $1.1)
        }
    }

    func features(_ image: Value) -> [Value] {
        var value = image
        return runs.map { run in
            for block in run.blocks { value = block.apply(value) }
            return value
        }
    }

    /// The last map, or the image itself where there is no block.
    func last(_ image: Value) -> Value { features(image).last ?? image }
}

extension LayerList {
    /// The layers as blocks of a backbone.
    var blocks: [StackedBackbone.Block] {
        layers.map { layer in
            StackedBackbone.Block(
                stride: layer.stride, channels: layer.channels, parameters: layer.operation.parameters,
                apply: { layer.operation($0) })
        }
    }
}

/// A network of blocks with a classifier on the last.
protocol StackedArchitecture: BackboneArchitecture {
    /// How its layers are made.
    func style(_ normalization: BatchNormalization.Kind, seed: UInt64) -> LayerStyle
    /// Whether its batch normalisation has an epsilon of its own, which ``style(_:seed:)`` has, in detectors too.
    var hasOwnEpsilon: Bool { get }

    func makeTrunk(_ scope: ParameterScope, style: LayerStyle) -> StackedBackbone

    /// What makes class logits of the last map.
    func makeHead(
        _ scope: ParameterScope, channels: Int, classCount: Int, style: LayerStyle
    ) -> (parameters: [Parameter], logits: (Value) -> Value)
}

extension StackedArchitecture {
    var hasOwnEpsilon: Bool { false }

    public func makeBackbone(
        _ scope: ParameterScope, normalization: BatchNormalization.Kind, epsilon: Float, seed: UInt64
    ) -> any Backbone {
        var style = style(normalization, seed: seed)
        if !hasOwnEpsilon { style.epsilon = epsilon }
        return makeTrunk(scope, style: style)
    }

    public func makeClassifier(
        _ scope: ParameterScope, classCount: Int, normalization: BatchNormalization.Kind, seed: UInt64
    ) -> (groups: [ParameterGroup], logits: (Value) -> Value) {
        let style = style(normalization, seed: seed)
        let trunk = makeTrunk(scope, style: style)
        let head = makeHead(scope, channels: trunk.channels, classCount: classCount, style: style)
        let group = ParameterGroup(name: "classifier", kind: .head, parameters: head.parameters)
        return (trunk.stages + [group], { head.logits(trunk.last($0)) })
    }
}
