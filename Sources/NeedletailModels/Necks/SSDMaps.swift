import NeedletailGraph
import NeedletailKernels

/// The maps that SSD predicts on: those of a backbone, and coarser ones made of its last one after another.
///
/// On a VGG, as torchvision's `ssd300_vgg16` has it, the finest map is that before the fourth pooling, each pixel brought
/// to one length, and the second that of the network's first fully connected layers as convolutions with gaps (`fc6`,
/// `fc7`). SSDLite on a MobileNetV3 reads the last block that halves the map where it is widest, as torchvision's
/// `ssdlite320_mobilenet_v3_large`. On any other backbone the maps are those of strides 8, 16 and 32, or for SSDLite the last
/// two.
struct SSDMaps {
    /// The backbone, and all that was added to it.
    let groups: [ParameterGroup]
    /// Of the maps, finest first.
    let channels: [Int]
    /// Of the image.
    let maps: (Value) -> [Value]

    /// A map that is made of the one before: narrowed, then made smaller.
    struct Extra {
        var hidden: Int
        var outputs: Int
        var kernel = 3
        var stride = 2
        var padding = 1
    }

    init(_ ssd: SSD, _ scope: ParameterScope, seed: UInt64) {
        let trunk: (stages: [ParameterGroup], added: [Parameter], channels: [Int], maps: (Value) -> [Value])
        var first = 0
        var extras = ssd.variant.extras
        if !ssd.variant.isLite, let vgg = ssd.backbone.architecture as? VGG {
            trunk = Self.vgg(vgg, scope, normalization: ssd.normalization, seed: seed)
            first = 1
        } else if ssd.variant.isLite, let network = ssd.backbone.architecture as? MobileNetV3 {
            trunk = Self.mobileNet(network, ssd, scope, seed: seed)
        } else {
            let body = ssd.backbone.architecture.makeBackbone(
                scope["body"], normalization: ssd.normalization, epsilon: 1e-5, seed: seed)
            let levels = body.levels.filter { $0.stride >= (ssd.variant.isLite ? 16 : 8) }
            trunk = (body.stages, [], levels.map(\.channels), { Array(body.features($0).suffix(levels.count)) })
            // The backbone has the third map of a VGG's detector itself.
            if !ssd.variant.isLite { extras.removeFirst() }
        }
        var channels = trunk.channels
        let style = ssd.variant.isLite ? ssd.liteStyle(seed: seed) : nil
        let blocks = extras.enumerated().map { index, extra in
            let block = ExtraMap(
                extra, scope["extra"][first + index], inputs: channels[channels.count - 1], lite: style, seed: seed)
            channels.append(extra.outputs)
            return block
        }
        self.channels = channels
        groups =
            trunk.stages + [
                ParameterGroup(name: "extra", kind: .neck, parameters: trunk.added + blocks.flatMap(\.parameters))
            ]
        maps = { image in
            var maps = trunk.maps(image)
            for block in blocks { maps.append(block(maps[maps.count - 1])) }
            return maps
        }
    }

    /// A VGG's layers as ``VGG`` has them, cut before the fourth pooling.
    ///
    /// The third pooling rounds up, so that 300 pixels give maps of 38 and 19, and the fifth keeps the map's size.
    static func vggLayers(_ vgg: VGG) -> (lower: [String], upper: [String]) {
        var layers = vgg.layers
        let pools = layers.indices.filter { layers[$0].hasPrefix("max-pool") }
        layers[pools[2]] += " ceil"
        return (Array(layers[..<pools[3]]), Array(layers[pools[3]..<pools[4]]))
    }

    private static func vgg(
        _ vgg: VGG, _ scope: ParameterScope, normalization: BatchNormalization.Kind, seed: UInt64
    ) -> (stages: [ParameterGroup], added: [Parameter], channels: [Int], maps: (Value) -> [Value]) {
        let length = L2Normalization(scope, name: "scale_weight", channels: 512, scale: 20)
        let style = vgg.style(normalization, seed: seed)
        func list(_ layers: [String], _ channels: Int, _ scope: ParameterScope, _ style: LayerStyle) -> LayerList {
            LayerList(known: layers.joined(separator: "; "), channels: channels, in: scope, style: style)
        }
        let words = vggLayers(vgg)
        let lower = list(words.lower, 3, scope["features"], style)
        let upper = list(words.upper, 512, scope["extra"][0], style)
        var wideStyle = style
        wideStyle.convolution = .xavierUniform
        let wide = list(
            [
                "max-pool 3 stride=1 padding=1", "conv 1024 kernel=3 padding=6 dilation=6", "relu",
                "conv 1024 kernel=1", "relu",
            ], 512, scope["extra"][0][words.upper.count], wideStyle)
        let trunk = StackedBackbone(lower.blocks + upper.blocks)
        return (
            trunk.stages, length.parameters + wide.parameters, [512, 1024],
            { image in
                let maps = trunk.features(image)
                return [length(maps[maps.count - 2]), wide(maps[maps.count - 1])]
            }
        )
    }

    private static func mobileNet(
        _ network: MobileNetV3, _ ssd: SSD, _ scope: ParameterScope, seed: UInt64
    ) -> (stages: [ParameterGroup], added: [Parameter], channels: [Int], maps: (Value) -> [Value]) {
        let cut = network.lastHalvingBlock, lower = scope["features"][0], upper = scope["features"][1]
        let layers = network.makeLayers(hasReducedTail: ssd.hasReducedTail, style: ssd.liteStyle(seed: seed)) { layer in
            layer < cut ? lower[layer] : upper[layer - cut]
        } part: { block, part in
            if block == cut { return part == 0 ? lower[block] : upper[0][part] }
            return block < cut ? lower[block]["block"][part] : upper[block - cut]["block"][part]
        }
        let blocks = layers.blocks.enumerated().flatMap { index, block in
            index + 1 == cut ? block.halves : [block.block]
        }
        let trunk = StackedBackbone([layers.stem.block] + blocks + [layers.last.block])
        return (
            trunk.stages, [], trunk.levels.suffix(2).map(\.channels), { Array(trunk.features($0).suffix(2)) }
        )
    }
}

/// Makes a coarser map of one: two convolutions, or three where kernels run on each channel alone.
private struct ExtraMap {
    let parameters: [Parameter]
    private let apply: (Value) -> Value

    init(_ extra: SSDMaps.Extra, _ scope: ParameterScope, inputs: Int, lite style: LayerStyle?, seed: UInt64) {
        if let style {
            func unit(_ index: Int, _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int, groups: Int)
                -> ConvolutionUnit
            {
                style.unit(
                    (scope[index][0], scope[index][1]), inputs: inputs, outputs: outputs, kernel: kernel,
                    stride: stride, groups: groups, activation: .relu6)
            }
            let hidden = extra.hidden
            let units = [
                unit(0, inputs, hidden, kernel: 1, stride: 1, groups: 1),
                unit(1, hidden, hidden, kernel: extra.kernel, stride: extra.stride, groups: hidden),
                unit(2, hidden, extra.outputs, kernel: 1, stride: 1, groups: 1),
            ]
            parameters = units.flatMap(\.parameters)
            apply = { units.reduce($0) { $1($0) } }
        } else {
            let narrowing = Convolution(
                scope[0], inputChannels: inputs, outputChannels: extra.hidden, kernel: 1, hasBias: true,
                initializedBy: .xavierUniform(seed: seed))
            let shrinking = Convolution(
                scope[2], inputChannels: extra.hidden, outputChannels: extra.outputs, kernel: Extent(extra.kernel),
                stride: Extent(extra.stride), padding: Padding(extra.padding), hasBias: true,
                initializedBy: .xavierUniform(seed: seed))
            parameters = narrowing.parameters + shrinking.parameters
            apply = { shrinking(narrowing($0).relu()).relu() }
        }
    }

    func callAsFunction(_ map: Value) -> Value { apply(map) }
}
