import NeedletailGraph
import NeedletailKernels

/// YOLOX's backbone: a space-to-depth stem and four stages, each half as large as the one before: `CSPDarknet`.
struct CSPDarknet {
    private let stem: YOLOXUnit
    private let entries: [[YOLOXUnit]]
    private let pyramid: PoolingPyramid
    private let blocks: [CrossStagePartial]
    /// Of the last three stages, at strides 8, 16 and 32.
    let channels: [Int]

    /// - Parameters:
    ///   - width: Channels of the stem.
    ///   - depth: Bottlenecks of the first and the last stage; the two between have three times as many.
    init(_ scope: ParameterScope, width: Int, depth: Int, style: YOLOXStyle) {
        stem = style.unit(scope["stem"]["conv"], inputs: 12, outputs: width, kernel: 3)
        let stages = (1...4).map { (scope: scope["dark\($0 + 1)"], inputs: width << ($0 - 1), outputs: width << $0) }
        entries = stages.map { style.wide($0.scope[0], inputs: $0.inputs, outputs: $0.outputs, stride: 2) }
        pyramid = PoolingPyramid(stages[3].scope[1], channels: stages[3].outputs, style: style)
        blocks = stages.enumerated().map { index, stage in
            CrossStagePartial(
                stage.scope[index == 3 ? 2 : 1], inputs: stage.outputs, outputs: stage.outputs,
                depth: index == 0 || index == 3 ? depth : 3 * depth, hasShortcuts: index != 3, style: style)
        }
        channels = stages.dropFirst().map(\.outputs)
    }

    var stages: [ParameterGroup] {
        var parameters = [stem.parameters] + zip(entries, blocks).map { $0.parameters + $1.parameters }
        parameters[4] += pyramid.parameters
        return parameters.enumerated().map { stage, parameters in
            ParameterGroup(
                name: stage == 0 ? "stem" : "dark\(stage + 1)", kind: .backbone(stage: stage), parameters: parameters)
        }
    }

    /// The maps of the last three stages, finest first.
    func features(_ image: Value) -> [Value] {
        var value = stem(SpaceToDepth(block: 2, order: .columns)(image))
        let maps = zip(entries, blocks).enumerated().map { stage, layers in
            value = layers.0(value)
            if stage == 3 { value = pyramid(value) }
            value = layers.1(value)
            return value
        }
        return Array(maps.dropFirst())
    }
}

/// YOLOX's neck: from the coarsest map down to the finest and up again, joined side by side: `YOLOPAFPN`, after Liu et
/// al., "Path Aggregation Network", 2018.
struct PathAggregation {
    private let lateral: YOLOXUnit
    private let reduce: YOLOXUnit
    private let down: [CrossStagePartial]
    private let steps: [[YOLOXUnit]]
    private let up: [CrossStagePartial]

    /// - Parameter channels: Of the backbone's three maps, finest first, which are those of the results.
    init(_ scope: ParameterScope, channels: [Int], depth: Int, style: YOLOXStyle) {
        func block(_ name: String, inputs: Int, outputs: Int) -> CrossStagePartial {
            CrossStagePartial(
                scope[name], inputs: inputs, outputs: outputs, depth: depth, hasShortcuts: false, style: style)
        }
        let (fine, middle, coarse) = (channels[0], channels[1], channels[2])
        lateral = style.unit(scope["lateral_conv0"], inputs: coarse, outputs: middle, kernel: 1)
        reduce = style.unit(scope["reduce_conv1"], inputs: middle, outputs: fine, kernel: 1)
        down = [
            block("C3_p4", inputs: 2 * middle, outputs: middle), block("C3_p3", inputs: 2 * fine, outputs: fine),
        ]
        steps = [
            style.wide(scope["bu_conv2"], inputs: fine, outputs: fine, stride: 2),
            style.wide(scope["bu_conv1"], inputs: middle, outputs: middle, stride: 2),
        ]
        up = [
            block("C3_n3", inputs: 2 * fine, outputs: middle), block("C3_n4", inputs: 2 * middle, outputs: coarse),
        ]
    }

    var parameters: [Parameter] {
        [lateral, reduce].parameters + steps.flatMap(\.parameters) + (down + up).flatMap(\.parameters)
    }

    func callAsFunction(_ maps: [Value]) -> [Value] {
        func joined(_ first: Value, _ second: Value) -> Value { Concatenation()([first, second]) }
        let coarse = lateral(maps[2])
        let middle = reduce(down[0](joined(coarse.upsampled(toSizeOf: maps[1]), maps[1])))
        let third = down[1](joined(middle.upsampled(toSizeOf: maps[0]), maps[0]))
        let fourth = up[0](joined(steps[0](third), middle))
        return [third, fourth, up[1](joined(steps[1](fourth), coarse))]
    }
}

/// One level of YOLOX's head: classes and boxes in branches of their own.
struct DecoupledHead {
    private let stem: YOLOXUnit
    private let classBranch: [YOLOXUnit]
    private let boxBranch: [YOLOXUnit]
    private let classes: Convolution
    private let box: Convolution
    private let objectness: Convolution

    init(_ scope: ParameterScope, level: Int, inputs: Int, channels: Int, classCount: Int, style: YOLOXStyle) {
        stem = style.unit(scope["stems"][level], inputs: inputs, outputs: channels, kernel: 1)
        func branch(_ name: String) -> [YOLOXUnit] {
            (0..<2).flatMap { style.wide(scope[name][level][$0], inputs: channels, outputs: channels) }
        }
        classBranch = branch("cls_convs")
        boxBranch = branch("reg_convs")
        func predictor(_ name: String, outputs: Int, bias: Float) -> Convolution {
            Convolution(
                scope[name][level], inputChannels: channels, outputChannels: outputs, kernel: 1, hasBias: true,
                initializedBy: .kaimingUniform(slope: Float(5).squareRoot(), seed: style.seed), bias: bias)
        }
        // Everything starts at a probability of 0.01, as in RetinaNet.
        let bias: Float = -4.595_119_850_134_59
        classes = predictor("cls_preds", outputs: classCount, bias: bias)
        box = predictor("reg_preds", outputs: 4, bias: 0)
        objectness = predictor("obj_preds", outputs: 1, bias: bias)
    }

    var parameters: [Parameter] {
        stem.parameters + classBranch.parameters + boxBranch.parameters + classes.parameters + box.parameters
            + objectness.parameters
    }

    func callAsFunction(_ map: Value) -> (classification: Value, regression: Value, objectness: Value) {
        let value = stem(map), placed = boxBranch(value)
        return (classes(classBranch(value)), box(placed), objectness(placed))
    }
}
