import NeedletailGraph

/// A feature pyramid: coarse feature maps, rich in meaning, added to fine ones, rich in place.
///
/// Each backbone map passes a 1x1 convolution to a common width; from the top down, each result is enlarged by
/// nearest neighbour and added to the next finer one; a 3x3 convolution smooths each sum. Two more levels, P6 and
/// P7, come from 3x3 convolutions of stride 2. Lin et al., "Feature Pyramid Networks", 2016.
struct FeaturePyramid {
    /// Where P6 starts from.
    enum TopSource {
        /// The finished P5: RetinaNet v1.
        case pyramid
        /// The backbone's last map: RetinaNet v2.
        case backbone
    }

    private let inner: [Convolution]
    private let smoothing: [Convolution]
    private let p6: Convolution
    private let p7: Convolution
    private let topSource: TopSource
    /// P3 to P7 where the finest input is C3.
    let levels: [FeatureLevel]

    /// - Parameter inputs: Maps of the backbone, each half as large as the one before.
    init(_ scope: ParameterScope, inputs: [FeatureLevel], channels: Int, topSource: TopSource, seed: UInt64) {
        let initializer = Initializer.kaimingUniform(slope: 1, seed: seed)
        inner = inputs.enumerated().map { level, input in
            Convolution(
                scope["inner_blocks"][level][0], inputChannels: input.channels, outputChannels: channels, kernel: 1,
                hasBias: true, initializedBy: initializer)
        }
        smoothing = inputs.indices.map { level in
            Convolution(
                scope["layer_blocks"][level][0], inputChannels: channels, outputChannels: channels, kernel: 3,
                hasBias: true, initializedBy: initializer)
        }
        let topChannels = topSource == .backbone ? inputs[inputs.count - 1].channels : channels
        p6 = Convolution(
            scope["extra_blocks"]["p6"], inputChannels: topChannels, outputChannels: channels, kernel: 3, stride: 2,
            hasBias: true, initializedBy: initializer)
        p7 = Convolution(
            scope["extra_blocks"]["p7"], inputChannels: channels, outputChannels: channels, kernel: 3, stride: 2,
            hasBias: true, initializedBy: initializer)
        self.topSource = topSource
        levels = (0..<inputs.count + 2).map { level in
            let stride = inputs[0].stride << level
            return FeatureLevel(name: "p\(stride.trailingZeroBitCount)", stride: stride, channels: channels)
        }
    }

    var parameters: [Parameter] { (inner + smoothing + [p6, p7]).flatMap(\.parameters) }

    /// P3 to P7 from the backbone's maps, finest first.
    func callAsFunction(_ maps: [Value]) -> [Value] {
        var merged = inner[maps.count - 1](maps[maps.count - 1])
        var levels = [smoothing[maps.count - 1](merged)]
        for level in (0..<maps.count - 1).reversed() {
            let lateral = inner[level](maps[level])
            merged = lateral + merged.upsampled(toSizeOf: lateral)
            levels.insert(smoothing[level](merged), at: 0)
        }
        let sixth = p6(topSource == .backbone ? maps[maps.count - 1] : levels[levels.count - 1])
        return levels + [sixth, p7(sixth.relu())]
    }
}
