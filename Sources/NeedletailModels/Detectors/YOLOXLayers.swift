import NeedletailGraph
import NeedletailKernels

/// What YOLOX's layers have in common.
struct YOLOXStyle {
    var normalization: BatchNormalization.Kind
    /// Whether kernels larger than one pixel run on each channel alone, with a 1x1 convolution behind.
    var isDepthwise: Bool
    var seed: UInt64

    /// A convolution with normalisation and SiLU: YOLOX's `BaseConv`.
    func unit(
        _ scope: ParameterScope, inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1
    ) -> YOLOXUnit {
        YOLOXUnit(
            convolution: Convolution(
                scope["conv"], inputChannels: inputs, outputChannels: outputs, kernel: Extent(kernel),
                stride: Extent(stride), groups: groups, hasBias: false,
                initializedBy: .kaimingUniform(slope: Float(5).squareRoot(), seed: seed)),
            normalization: BatchNormalization(
                scope["bn"], channels: outputs, kind: normalization, epsilon: 1e-3, momentum: 0.03))
    }

    /// A convolution of 3x3 pixels, or where the network is depthwise the two that stand for one: `DWConv`.
    func wide(_ scope: ParameterScope, inputs: Int, outputs: Int, stride: Int = 1) -> [YOLOXUnit] {
        guard isDepthwise else {
            return [unit(scope, inputs: inputs, outputs: outputs, kernel: 3, stride: stride)]
        }
        return [
            unit(scope["dconv"], inputs: inputs, outputs: inputs, kernel: 3, stride: stride, groups: inputs),
            unit(scope["pconv"], inputs: inputs, outputs: outputs, kernel: 1),
        ]
    }
}

struct YOLOXUnit {
    let convolution: Convolution
    let normalization: BatchNormalization

    var parameters: [Parameter] { convolution.parameters + normalization.parameters }

    func callAsFunction(_ input: Value) -> Value { normalization(convolution(input)).applying(.silu) }
}

extension [YOLOXUnit] {
    var parameters: [Parameter] { flatMap(\.parameters) }

    func callAsFunction(_ input: Value) -> Value { reduce(input) { $1($0) } }
}

/// Half of the channels pass through bottlenecks, the other half around them. Wang et al., "CSPNet", 2019, as YOLOX's
/// `CSPLayer` has it.
struct CrossStagePartial {
    private let main: YOLOXUnit
    private let around: YOLOXUnit
    private let joined: YOLOXUnit
    private let bottlenecks: [(first: YOLOXUnit, second: [YOLOXUnit])]
    private let hasShortcuts: Bool

    init(
        _ scope: ParameterScope, inputs: Int, outputs: Int, depth: Int, hasShortcuts: Bool, style: YOLOXStyle
    ) {
        let hidden = outputs / 2
        main = style.unit(scope["conv1"], inputs: inputs, outputs: hidden, kernel: 1)
        around = style.unit(scope["conv2"], inputs: inputs, outputs: hidden, kernel: 1)
        joined = style.unit(scope["conv3"], inputs: 2 * hidden, outputs: outputs, kernel: 1)
        bottlenecks = (0..<depth).map { index in
            let scope = scope["m"][index]
            return (
                style.unit(scope["conv1"], inputs: hidden, outputs: hidden, kernel: 1),
                style.wide(scope["conv2"], inputs: hidden, outputs: hidden)
            )
        }
        self.hasShortcuts = hasShortcuts
    }

    var parameters: [Parameter] {
        [main, around, joined].parameters + bottlenecks.flatMap { $0.first.parameters + $0.second.parameters }
    }

    func callAsFunction(_ input: Value) -> Value {
        let passed = bottlenecks.reduce(main(input)) { value, bottleneck in
            let result = bottleneck.second(bottleneck.first(value))
            return hasShortcuts ? result + value : result
        }
        return joined(Concatenation()([passed, around(input)]))
    }
}

/// The greatest numbers under windows of 5, 9 and 13 pixels beside the map itself: YOLOX's `SPPBottleneck`, after He et
/// al., "Spatial Pyramid Pooling", 2014.
struct PoolingPyramid {
    private let narrowed: YOLOXUnit
    private let joined: YOLOXUnit

    init(_ scope: ParameterScope, channels: Int, style: YOLOXStyle) {
        narrowed = style.unit(scope["conv1"], inputs: channels, outputs: channels / 2, kernel: 1)
        joined = style.unit(scope["conv2"], inputs: channels * 2, outputs: channels, kernel: 1)
    }

    var parameters: [Parameter] { [narrowed, joined].parameters }

    func callAsFunction(_ input: Value) -> Value {
        // The maximum under 9 pixels is that under 5 of those under 5, and so on.
        var maps = [narrowed(input)]
        for _ in 0..<3 { maps.append(maps[maps.count - 1].maxPooled(5, stride: 1, padding: 2)) }
        return joined(Concatenation()(maps))
    }
}
