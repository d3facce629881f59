import NeedletailGeometry
import NeedletailGraph
import NeedletailImages
import NeedletailPlatform

/// A one-stage detector for inputs of one size: on each of six or seven maps a convolution classifies and adjusts boxes of
/// the sizes that the map is for.
///
/// Liu et al., "SSD: Single Shot MultiBox Detector", 2016; SSDLite: Sandler et al., "MobileNetV2", 2018. Parameter names,
/// numbers and behaviour are those of torchvision's `ssd300_vgg16` and `ssdlite320_mobilenet_v3_large`, which is also how
/// SSD looks on other backbones. SSD512 is the paper's.
public struct SSD: DenseArchitecture {
    public static let architectureName = "ssd"

    /// By the side of the input.
    public enum Variant: String, CaseIterable, Codable, Sendable {
        case ssd300, ssd512, ssdlite320

        /// In pixels.
        public var inputSize: Int {
            switch self {
            case .ssd300: 300
            case .ssd512: 512
            case .ssdlite320: 320
            }
        }

        /// Whether what is added to the backbone filters each channel alone.
        public var isLite: Bool { self == .ssdlite320 }

        public var boxes: DefaultBoxes {
            let usual: [[Double]] = [[2], [2, 3], [2, 3], [2, 3], [2], [2]]
            return switch self {
            case .ssd300:
                DefaultBoxes(
                    scales: [0.07, 0.15, 0.33, 0.51, 0.69, 0.87, 1.05], aspectRatios: usual,
                    steps: [8, 16, 32, 64, 100, 300])
            case .ssd512:
                DefaultBoxes(
                    scales: [0.04, 0.1, 0.26, 0.42, 0.58, 0.74, 0.9, 1.06],
                    aspectRatios: [[2], [2, 3], [2, 3], [2, 3], [2, 3], [2], [2]],
                    steps: [8, 16, 32, 64, 128, 256, 512])
            case .ssdlite320:
                DefaultBoxes(
                    scales: (0..<6).map { (map: Int) -> Double in 0.2 + 0.75 * Double(map) / 5 } + [1],
                    aspectRatios: [[Double]](repeating: [2, 3], count: 6))
            }
        }

        /// The maps behind the second of a VGG's detector, or of a MobileNet's.
        var extras: [SSDMaps.Extra] {
            let halving = SSDMaps.Extra(hidden: 128, outputs: 256)
            let first = [SSDMaps.Extra(hidden: 256, outputs: 512), halving]
            return switch self {
            case .ssd300:
                first
                    + [SSDMaps.Extra](
                        repeating: .init(hidden: 128, outputs: 256, stride: 1, padding: 0), count: 2)
            case .ssd512:
                first + [halving, halving, SSDMaps.Extra(hidden: 128, outputs: 256, kernel: 4, stride: 1)]
            case .ssdlite320:
                [512, 256, 256, 128].map { SSDMaps.Extra(hidden: $0 / 2, outputs: $0) }
            }
        }
    }

    public var variant: Variant
    public var backbone: AnyBackboneArchitecture
    /// Classification outputs for each box: the background, which is the first, and one a category.
    public var classCount: Int
    public var normalization: BatchNormalization.Kind
    /// Whether the last blocks of a MobileNetV3 have half the channels, as where nothing was pretrained for a classifier.
    public var hasReducedTail: Bool

    public init(
        _ variant: Variant, backbone: AnyBackboneArchitecture, classCount: Int,
        normalization: BatchNormalization.Kind = .trained, hasReducedTail: Bool = false
    ) {
        self.variant = variant
        self.backbone = backbone
        self.classCount = classCount
        self.normalization = normalization
        self.hasReducedTail = hasReducedTail
    }

    /// - Throws: `DecodingError` for numbers that no detector has.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        variant = try container.decode(Variant.self, forKey: .variant)
        backbone = try container.decodePyramidalBackbone(forKey: .backbone)
        classCount = try container.decode(1...100_000, forKey: .classCount)
        normalization = try container.decode(BatchNormalization.Kind.self, forKey: .normalization)
        hasReducedTail = try container.decode(Bool.self, forKey: .hasReducedTail)
    }

    public var name: String { "\(variant.rawValue)-\(backbone.name)" }
    public var details: String {
        "\(variant.boxes.aspectRatios.count) maps, \(variant.inputSize)x\(variant.inputSize) pixels"
    }
    public var hasBackgroundOutput: Bool { true }
    public var inputSize: Int? { variant.inputSize }

    public var classPredictors: [ClassPredictor] {
        (0..<variant.boxes.aspectRatios.count).map { map in
            let name = "head.classification_head.module_list.\(map)"
            return ClassPredictor(
                name: variant.isLite ? "\(name).1" : name, predictionsPerCell: variant.boxes.countPerCell(map: map))
        }
    }

    /// How images become the input, both sides stretched to it.
    public var inputTransform: InputTransform {
        var transform = InputTransform(
            fit: .stretch, minimumSize: variant.inputSize, maximumSize: variant.inputSize, divisor: 1)
        if variant.isLite {
            (transform.mean, transform.deviation) = (SIMD3(repeating: 0.5), SIMD3(repeating: 0.5))
        } else if backbone.architecture is VGG {
            // As the first VGG was trained: the mean subtracted, 0 to 255.
            (transform.mean, transform.deviation) = ([0.48235, 0.45882, 0.40784], SIMD3(repeating: 1 / 255))
        }
        return transform
    }

    public var postProcessing: PostProcessing {
        variant.isLite
            ? PostProcessing(
                scoreThreshold: 0.001, overlapThreshold: 0.55, candidatesPerLevel: 300, detectionsPerImage: 300)
            : PostProcessing(
                scoreThreshold: 0.01, overlapThreshold: 0.45, candidatesPerLevel: 400, detectionsPerImage: 200)
    }

    /// SSDLite's layers, those of its own MobileNet included.
    func liteStyle(seed: UInt64) -> LayerStyle {
        LayerStyle(
            normalization: normalization, epsilon: 1e-3, momentum: 0.03, seed: seed,
            convolution: .normal(deviation: 0.03))
    }

    public func makeNetwork(seed: UInt64) -> DenseNetwork {
        let store = ParameterStore()
        let maps = SSDMaps(self, store.root["backbone"], seed: seed)
        let style = variant.isLite ? liteStyle(seed: seed) : nil
        func head(_ name: String, outputs: Int) -> SSDHead {
            SSDHead(
                store.root["head"][name], channels: maps.channels,
                outputs: maps.channels.indices.map { variant.boxes.countPerCell(map: $0) * outputs }, lite: style,
                seed: seed)
        }
        let classification = head("classification_head", outputs: classCount)
        let regression = head("regression_head", outputs: 4)
        let levels = maps.channels.enumerated().map { map, channels in
            FeatureLevel(
                name: "map\(map)", stride: variant.boxes.steps?[map] ?? 16 << map, channels: channels)
        }
        let groups =
            maps.groups + [
                ParameterGroup(
                    name: "head", kind: .head, parameters: classification.parameters + regression.parameters)
            ]
        return DenseNetwork(parameters: store, levels: levels, groups: groups) { image in
            let maps = maps.maps(image)
            return [(.classification, classification(maps)), (.regression, regression(maps))]
        }
    }

    public func makeLoss(_ options: DenseLossOptions) -> any DenseLoss {
        MultiboxLoss(boxes: variant.boxes, classCount: classCount, options: options)
    }

    package static let coder = BoxCoder(weights: [10, 10, 5, 5])

    /// Of each class the boxes with the best scores, by the softmax over the classes of a box; boxes are clipped to the
    /// input.
    public func candidates(
        in outputs: DenseOutputs, sizes: [Image.Size], limits: PostProcessing
    ) -> [[DetectionCandidate]] {
        let input = outputs.input
        let boxes = variant.boxes.boxes(
            featureSizes: outputs.mapSizes, inputHeight: input.height, inputWidth: input.width)
        return sizes.enumerated().map { image, size in
            var classes = [[(index: Int, score: Float)]](repeating: [], count: classCount)
            var start = 0
            for (map, mapBoxes) in boxes.enumerated() {
                let logits = outputs.values(.classification, level: map)
                for box in mapBoxes.indices {
                    let first = (image * mapBoxes.count + box) * classCount
                    addScores(
                        logits[first..<first + classCount], above: limits.scoreThreshold, of: start + box, to: &classes)
                }
                start += mapBoxes.count
            }
            return classes.enumerated().dropFirst().flatMap { classIndex, pairs in
                limits.best(pairs).map { index, score in
                    DetectionCandidate(
                        box: box(index, image: image, boxes: boxes, outputs).clipped(
                            width: Float(size.width), height: Float(size.height)), score: score,
                        classIndex: classIndex)
                }
            }
        }
    }

    /// Adds the classes of a box whose probability is above a threshold.
    private func addScores(
        _ logits: Slice<UnsafeBufferPointer<Float>>, above threshold: Float, of box: Int,
        to classes: inout [[(index: Int, score: Float)]]
    ) {
        let greatest = logits.max() ?? 0
        // A probability is at most `exp` of the distance from the greatest: most boxes need none of them.
        let least = threshold > 0 ? greatest + log(threshold) - 1e-3 : -Float.infinity
        guard logits.dropFirst().contains(where: { $0 > least }) else { return }
        let sum = logits.reduce(Float(0)) { $0 + exp($1 - greatest) }
        for (column, logit) in logits.enumerated().dropFirst() where logit > least {
            let score = exp(logit - greatest) / sum
            if score > threshold { classes[column].append((box, score)) }
        }
    }

    private func box(_ index: Int, image: Int, boxes: [[Corners]], _ outputs: DenseOutputs) -> Corners {
        var map = 0, own = index
        while own >= boxes[map].count {
            own -= boxes[map].count
            map += 1
        }
        let offsets = outputs.values(.regression, level: map), start = (image * boxes[map].count + own) * 4
        return Self.coder.decode(
            SIMD4(offsets, at: start), anchor: boxes[map][own])
    }
}
