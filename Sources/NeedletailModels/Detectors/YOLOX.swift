import NeedletailGeometry
import NeedletailGraph
import NeedletailImages
import NeedletailPlatform

/// A one-stage detector without anchors: every cell of three maps says whether an object's centre is near, where its box is
/// and what it shows.
///
/// Ge et al., "YOLOX: Exceeding YOLO Series in 2021". Parameter names, numbers and behaviour are those of Megvii's YOLOX.
public struct YOLOX: DenseArchitecture {
    public static let architectureName = "yolox"

    /// The published sizes.
    public enum Variant: String, CaseIterable, Codable, Sendable {
        case nano, tiny, s, m, l, x

        /// Channels, as a share of those of `l`.
        public var width: Double {
            switch self {
            case .nano: 0.25
            case .tiny: 0.375
            case .s: 0.5
            case .m: 0.75
            case .l: 1
            case .x: 1.25
            }
        }

        /// Bottlenecks of a block of the neck.
        public var depth: Int {
            switch self {
            case .nano, .tiny, .s: 1
            case .m: 2
            case .l: 3
            case .x: 4
            }
        }

        /// Whether kernels run on each channel alone.
        public var isDepthwise: Bool { self == .nano }

        /// The side of the input that the published weights were trained for, in pixels.
        public var inputSize: Int { self == .nano || self == .tiny ? 416 : 640 }

        /// Channels of a layer that has so many in `l`.
        func channels(_ count: Int) -> Int { Int(Double(count) * width) }
    }

    public var variant: Variant
    /// Classes, without a background.
    public var classCount: Int
    public var normalization: BatchNormalization.Kind

    public init(_ variant: Variant, classCount: Int, normalization: BatchNormalization.Kind = .trained) {
        self.variant = variant
        self.classCount = classCount
        self.normalization = normalization
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        variant = try container.decode(Variant.self, forKey: .variant)
        classCount = try container.decode(1...100_000, forKey: .classCount)
        normalization = try container.decode(BatchNormalization.Kind.self, forKey: .normalization)
    }

    public var name: String { "yolox-\(variant.rawValue)" }
    public var details: String { "anchor-free, strides 8, 16 and 32" }
    public var hasBackgroundOutput: Bool { false }
    public var classPredictors: [ClassPredictor] {
        (0..<3).map { ClassPredictor(name: "head.cls_preds.\($0)", predictionsPerCell: 1) }
    }

    /// Letterbox at the top left, grey, blue before green before red, 0 to 255.
    public static func inputTransform(size: Int) -> InputTransform {
        InputTransform(
            fit: .square, minimumSize: size, maximumSize: size, mean: .zero,
            deviation: SIMD3(repeating: 1 / 255), channelOrder: .bgr, fill: 114)
    }

    /// As the published evaluation has it, but for the number of detections.
    public static let postProcessing = PostProcessing(
        scoreThreshold: 0.01, overlapThreshold: 0.65, candidatesPerLevel: 10_000)

    public func makeNetwork(seed: UInt64) -> DenseNetwork {
        let store = ParameterStore()
        let style = YOLOXStyle(normalization: normalization, isDepthwise: variant.isDepthwise, seed: seed)
        let scope = store.root["backbone"]
        let body = CSPDarknet(
            scope["backbone"], width: variant.channels(64), depth: variant.depth, style: style)
        let neck = PathAggregation(scope, channels: body.channels, depth: variant.depth, style: style)
        let heads = body.channels.enumerated().map { level, channels in
            DecoupledHead(
                store.root["head"], level: level, inputs: channels, channels: variant.channels(256),
                classCount: classCount, style: style)
        }
        let levels = body.channels.enumerated().map { level, channels in
            FeatureLevel(name: "p\(level + 3)", stride: 8 << level, channels: channels)
        }
        let groups =
            body.stages + [
                ParameterGroup(name: "pyramid", kind: .neck, parameters: neck.parameters),
                ParameterGroup(name: "head", kind: .head, parameters: heads.flatMap(\.parameters)),
            ]
        return DenseNetwork(parameters: store, levels: levels, groups: groups) { image in
            let predictions = zip(heads, neck(body.features(image))).map { $0($1) }
            return [
                (.regression, predictions.map(\.regression)), (.objectness, predictions.map(\.objectness)),
                (.classification, predictions.map(\.classification)),
            ]
        }
    }

    public func makeLoss(_ options: DenseLossOptions) -> any DenseLoss {
        YOLOXLoss(classCount: classCount, options: options)
    }

    /// The best class of every cell: its score is the probability of an object times that of the class.
    public func candidates(
        in outputs: DenseOutputs, sizes: [Image.Size], limits: PostProcessing
    ) -> [[DetectionCandidate]] {
        sizes.indices.map { image in
            outputs.levels.indices.flatMap { level in
                candidates(of: CellGrid(outputs, level: level), image: image, outputs, limits: limits)
            }
        }
    }

    private func candidates(
        of grid: CellGrid, image: Int, _ outputs: DenseOutputs, limits: PostProcessing
    ) -> [DetectionCandidate] {
        let objectness = outputs.values(.objectness, level: grid.level)
        let classes = outputs.values(.classification, level: grid.level)
        let boxes = outputs.values(.regression, level: grid.level)
        let limit = limits.logitLimit
        var found: [(index: Int, score: Float)] = []
        var columns: [Int: Int] = [:]
        for cell in 0..<grid.count {
            let place = image * grid.count + cell
            // The score is less than the probability of an object alone.
            guard objectness[place] > limit || limits.scoreThreshold <= 0 else { continue }
            let logits = classes[place * classCount..<(place + 1) * classCount]
            guard let best = logits.indices.max(by: { logits[$0] < logits[$1] }) else { continue }
            let score = sigmoid(objectness[place]) * sigmoid(logits[best])
            guard score > limits.scoreThreshold else { continue }
            found.append((cell, score))
            columns[cell] = best - place * classCount
        }
        return limits.best(found).map { cell, score in
            let start = (image * grid.count + cell) * 4
            let box = grid.box(
                SIMD4(boxes[start], boxes[start + 1], boxes[start + 2], boxes[start + 3]), cell: cell)
            return DetectionCandidate(
                box: box.corners, score: score, classIndex: classIndex(ofOutput: columns[cell] ?? 0))
        }
    }
}

/// `1 / (1 + exp(-x))`.
func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }

/// The cells of a level that is predicted on without anchors, row by row.
struct CellGrid {
    /// The place of the level among the detector's.
    let level: Int
    let height: Int
    let width: Int
    /// Pixels of the input from one cell to the next.
    let stride: Float

    init(_ outputs: DenseOutputs, level: Int) {
        self.level = level
        (height, width) = outputs.mapSizes[level]
        stride = Float(outputs.levels[level].stride)
    }

    var count: Int { height * width }

    /// Column and row of a cell.
    func place(_ cell: Int) -> SIMD2<Float> { SIMD2(Float(cell % width), Float(cell / width)) }

    /// The box that four numbers of the network tell: of the centre the distance from the cell's corner in cells, and the
    /// logarithm of width and height in cells.
    func box(_ numbers: SIMD4<Float>, cell: Int) -> CenteredBox {
        let center = (SIMD2(numbers.x, numbers.y) + place(cell)) * stride
        return CenteredBox(center: center, size: SIMD2(exp(numbers.z), exp(numbers.w)) * stride)
    }
}

/// A box by its centre and its size, in pixels of the network's input.
struct CenteredBox {
    var center: SIMD2<Float>
    var size: SIMD2<Float>

    init(center: SIMD2<Float>, size: SIMD2<Float>) {
        self.center = center
        self.size = size
    }

    init(_ corners: Corners) {
        size = SIMD2(corners.width, corners.height)
        center = SIMD2(corners.x1 + corners.x2, corners.y1 + corners.y2) / 2
    }

    var corners: Corners {
        let low = center - size / 2, high = center + size / 2
        return Corners(low.x, low.y, high.x, high.y)
    }
}
