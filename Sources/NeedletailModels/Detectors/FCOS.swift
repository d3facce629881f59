import NeedletailGeometry
import NeedletailGraph
import NeedletailImages
import NeedletailPlatform

/// A one-stage detector without anchors of different shapes: every place of a feature pyramid tells how far the sides of an
/// object's box are, what it shows, and how near to its middle the place is.
///
/// Tian et al., "FCOS: Fully Convolutional One-Stage Object Detection", 2019. Parameter names, numbers and behaviour are
/// those of torchvision's `fcos_resnet50_fpn`, for any backbone.
public struct FCOS: DenseArchitecture {
    public static let architectureName = "fcos"

    public var backbone: AnyBackboneArchitecture
    /// Width of the pyramid and the head.
    public var channels: Int
    /// Convolutions of each branch of the head before those that predict.
    public var headDepth: Int
    /// Classification outputs of each place: one a category, and the first, which is never a target.
    public var classCount: Int
    /// Of the backbone's batch normalisation.
    public var normalization: BatchNormalization.Kind

    public init(
        backbone: AnyBackboneArchitecture, channels: Int = 256, headDepth: Int = 4, classCount: Int,
        normalization: BatchNormalization.Kind = .frozen
    ) {
        self.backbone = backbone
        self.channels = channels
        self.headDepth = headDepth
        self.classCount = classCount
        self.normalization = normalization
    }

    /// - Throws: `DecodingError` for numbers that no detector has.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        backbone = try container.decodePyramidalBackbone(forKey: .backbone)
        channels = try container.decode(32...4096, multipleOf: 32, forKey: .channels)
        headDepth = try container.decode(1...64, forKey: .headDepth)
        classCount = try container.decode(1...100_000, forKey: .classCount)
        normalization = try container.decode(BatchNormalization.Kind.self, forKey: .normalization)
    }

    public var name: String { "fcos-\(backbone.name)" }
    public var details: String { "head \(channels) wide, \(headDepth) deep, anchor-free, strides 8 to 128" }
    public var hasBackgroundOutput: Bool { true }
    public var classPredictors: [ClassPredictor] {
        [ClassPredictor(name: "head.classification_head.cls_logits", predictionsPerCell: 1)]
    }

    /// A square of a cell's side around the place of each.
    package static let anchors = AnchorGenerator(sizes: (0..<5).map { [Float(8 << $0)] }, aspectRatios: [1])

    public static let postProcessing = PostProcessing(
        scoreThreshold: 0.2, overlapThreshold: 0.6, candidatesPerLevel: 1000, detectionsPerImage: 100)

    public func makeNetwork(seed: UInt64) -> DenseNetwork {
        let store = ParameterStore()
        let scope = store.root["backbone"], head = store.root["head"]
        let body = backbone.architecture.makeBackbone(
            scope["body"], normalization: normalization, epsilon: 1e-5, seed: seed)
        let pyramid = FeaturePyramid(
            scope["fpn"], inputs: body.levels.filter { $0.stride >= 8 }, channels: channels, topSource: .pyramid,
            seed: seed)
        func tower(_ scope: ParameterScope) -> HeadTower {
            HeadTower(scope, channels: channels, depth: headDepth, layout: .flat, seed: seed)
        }
        func predictor(_ scope: ParameterScope, outputs: Int, bias: Float = 0) -> Convolution {
            HeadTower.predictor(scope, channels: channels, outputs: outputs, bias: bias, seed: seed)
        }
        let classScope = head["classification_head"], boxScope = head["regression_head"]
        let classTower = tower(classScope)
        let classes = predictor(classScope["cls_logits"], outputs: classCount, bias: HeadTower.priorBias)
        let boxTower = tower(boxScope)
        let distances = predictor(boxScope["bbox_reg"], outputs: 4)
        let centerness = predictor(boxScope["bbox_ctrness"], outputs: 1)
        let groups =
            body.stages + [
                ParameterGroup(name: "pyramid", kind: .neck, parameters: pyramid.parameters),
                ParameterGroup(
                    name: "head", kind: .head,
                    parameters: classTower.parameters + classes.parameters + boxTower.parameters
                        + distances.parameters + centerness.parameters),
            ]
        return DenseNetwork(parameters: store, levels: pyramid.levels, groups: groups) { image in
            let maps = pyramid(body.features(image).suffix(pyramid.levels.count - 2))
            let placed = maps.map { boxTower($0) }
            return [
                (.classification, maps.map { classes(classTower($0)) }),
                (.regression, placed.map { distances($0).relu() }), (.centerness, placed.map { centerness($0) }),
            ]
        }
    }

    public func makeLoss(_ options: DenseLossOptions) -> any DenseLoss {
        FCOSLoss(anchors: Self.anchors, classCount: classCount, options: options)
    }

    /// Of each level the (place, class) pairs with the best scores: the root of the probability of the class times how near
    /// to the middle the place is said to be. Boxes are clipped to the image.
    public func candidates(
        in outputs: DenseOutputs, sizes: [Image.Size], limits: PostProcessing
    ) -> [[DetectionCandidate]] {
        let input = outputs.input
        let anchors = Self.anchors.anchors(
            featureSizes: outputs.mapSizes, inputHeight: input.height, inputWidth: input.width)
        return sizes.enumerated().map { image, size in
            anchors.enumerated().flatMap { level, anchors in
                candidates(image, level, anchors: anchors, outputs, limits: limits).map { candidate in
                    var candidate = candidate
                    candidate.box = candidate.box.clipped(width: Float(size.width), height: Float(size.height))
                    return candidate
                }
            }
        }
    }

    private func candidates(
        _ image: Int, _ level: Int, anchors: [Corners], _ outputs: DenseOutputs, limits: PostProcessing
    ) -> [DetectionCandidate] {
        let classes = outputs.values(.classification, level: level)
        let distances = outputs.values(.regression, level: level)
        let centerness = outputs.values(.centerness, level: level)
        // Neither probability may be below the square of the threshold.
        let square = limits.scoreThreshold * limits.scoreThreshold
        let limit = limits.scoreThreshold > 0 ? log(square / (1 - square)) - 1e-3 : -Float.infinity
        var pairs: [(index: Int, score: Float)] = []
        for place in anchors.indices {
            let middle = centerness[image * anchors.count + place]
            guard middle > limit else { continue }
            let share = sigmoid(middle), first = (image * anchors.count + place) * classCount
            for column in 0..<classCount where classes[first + column] > limit {
                let score = (sigmoid(classes[first + column]) * share).squareRoot()
                if score > limits.scoreThreshold { pairs.append((place * classCount + column, score)) }
            }
        }
        return limits.best(pairs).map { index, score in
            let place = index / classCount
            return DetectionCandidate(
                box: DistanceCoder().decode(
                    SIMD4(distances, at: 4 * (image * anchors.count + place)), anchor: anchors[place]),
                score: score, classIndex: index % classCount)
        }
    }
}
