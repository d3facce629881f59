import NeedletailGeometry
import NeedletailImages
import NeedletailKernels
import NeedletailPlatform

/// FCOS's loss: focal loss of the classes at all places, and at those that have an object the loss of the box and the
/// cross-entropy of how near they are to its middle.
///
/// All are sums over the batch, divided by the number of places that have an object (at least 1). Tian et al., "FCOS", 2019;
/// as torchvision's `FCOSHead.compute_loss`.
public struct FCOSLoss: DenseLoss {
    public let terms = ["classification", "box", "centerness"]
    public var anchors: AnchorGenerator
    /// Classification outputs of a place; the first is never a target.
    public var classCount: Int
    public var assignment = CenterSampling()
    public var classificationLoss: ClassificationLoss
    public var focalLoss = FocalLoss()
    public var qualityFocalLoss = QualityFocalLoss()
    /// One of ``BoxLoss/ofCorners``.
    public var boxLoss: BoxLoss
    /// What the loss of boxes is multiplied by.
    public var boxWeight: Float
    /// By class index; nil for 1 everywhere.
    public var classWeights: [Float]?

    /// - Precondition: As many class weights as classes, if there are any; a loss of corners.
    public init(anchors: AnchorGenerator, classCount: Int, options: DenseLossOptions = DenseLossOptions()) {
        precondition(
            options.classWeights.map { $0.count == classCount } ?? true,
            "\(options.classWeights?.count ?? 0) weights for \(classCount) classes")
        self.anchors = anchors
        self.classCount = classCount
        classificationLoss = options.classificationLoss ?? .focal
        boxLoss = options.boxLoss ?? .generalizedIoU
        boxWeight = options.boxWeight
        classWeights = options.classWeights
    }

    public func evaluate(
        _ outputs: DenseOutputs, targets: [DetectionTarget], input: Image.Size, pool: ThreadPool
    ) -> LossValues {
        let anchors = anchors.anchors(
            featureSizes: outputs.mapSizes, inputHeight: input.height, inputWidth: input.width)
        var matches = [[Int32]](repeating: [], count: targets.count)
        matches.withUnsafeMutableBufferPointer { matches in
            pool.run(chunks: targets.count) { image, _ in
                matches[image] = assignment.matches(anchors: anchors, objects: targets[image].boxes)
            }
        }
        let share = 1 / Float(max(1, matches.reduce(0) { $0 + $1.count { $0 >= 0 } }))
        var sums = [SIMD3<Double>](repeating: .zero, count: targets.count * anchors.count)
        sums.withUnsafeMutableBufferPointer { sums in
            pool.run(chunks: sums.count) { chunk, _ in
                let image = chunk / anchors.count, level = chunk % anchors.count
                let start = anchors[..<level].reduce(0) { $0 + $1.count }
                let part = Part(
                    outputs, image: image, level: level, anchors: anchors[level],
                    matches: matches[image][start..<start + anchors[level].count])
                sums[chunk] = add(part, target: targets[image], share: share)
            }
        }
        let total = sums.reduce(SIMD3<Double>.zero, +)
        return LossValues([Float(total.x), Float(total.y), Float(total.z)])
    }

    public func labels(
        _ outputs: DenseOutputs, targets: [DetectionTarget], input: Image.Size, pool: ThreadPool
    ) -> [[LabeledPlace]]? {
        let anchors = anchors.anchors(
            featureSizes: outputs.mapSizes, inputHeight: input.height, inputWidth: input.width)
        return targets.map {
            LabeledPlace.places(anchors, matches: assignment.matches(anchors: anchors, objects: $0.boxes))
        }
    }

    /// A level of an image.
    private struct Part {
        let anchors: [Corners]
        let matches: ArraySlice<Int32>
        /// Places of the level on images before.
        let first: Int
        let classes: UnsafeBufferPointer<Float>
        let boxes: UnsafeBufferPointer<Float>
        let centerness: UnsafeBufferPointer<Float>
        let classGradients: UnsafeMutableBufferPointer<Float>?
        let boxGradients: UnsafeMutableBufferPointer<Float>?
        let centernessGradients: UnsafeMutableBufferPointer<Float>?

        init(_ outputs: DenseOutputs, image: Int, level: Int, anchors: [Corners], matches: ArraySlice<Int32>) {
            self.anchors = anchors
            self.matches = matches
            first = image * anchors.count
            classes = outputs.values(.classification, level: level)
            boxes = outputs.values(.regression, level: level)
            centerness = outputs.values(.centerness, level: level)
            classGradients = outputs.gradients(.classification, level: level)
            boxGradients = outputs.gradients(.regression, level: level)
            centernessGradients = outputs.gradients(.centerness, level: level)
        }
    }

    private func add(_ part: Part, target: DetectionTarget, share: Float) -> SIMD3<Double> {
        let coder = DistanceCoder()
        var sums = SIMD3<Double>.zero
        for (anchor, match) in zip(part.anchors.indices, part.matches) {
            let place = part.first + anchor
            guard match >= 0 else {
                sums.x += classify(part, place: place, label: -1, quality: 0, share: share)
                if let gradients = part.boxGradients { for side in 0..<4 { gradients[4 * place + side] = 0 } }
                part.centernessGradients?[place] = 0
                continue
            }
            let object = target.boxes[Int(match)], own = part.anchors[anchor]
            let box = coder.decode(SIMD4(part.boxes, at: 4 * place), anchor: own)
            sums.x += classify(
                part, place: place, label: target.classIndices[Int(match)],
                quality: box.intersectionOverUnion(with: object), share: share)
            let result = boxLoss.valueAndDerivative(box: box, object: object)
            let boxShare = share * boxWeight
            sums.y += Double(result.value * boxShare)
            if let gradients = part.boxGradients {
                let derivative = coder.derivative(result.byCorner, anchor: own) * boxShare
                for side in 0..<4 { gradients[4 * place + side] = derivative[side] }
            }
            let logit = part.centerness[place], wanted = coder.centerness(of: object, anchor: own)
            sums.z += Double((max(logit, 0) - logit * wanted + log1p(exp(-abs(logit)))) * share)
            part.centernessGradients?[place] = (sigmoid(logit) - wanted) * share
        }
        return sums
    }

    private func classify(_ part: Part, place: Int, label: Int, quality: Float, share: Float) -> Double {
        var sum = 0.0
        let ownShare = label >= 0 ? share * (classWeights?[label] ?? 1) : share
        for column in 0..<classCount {
            let index = place * classCount + column, isTarget = column == label
            let result =
                classificationLoss == .focal
                ? focalLoss.valueAndDerivative(logit: part.classes[index], isTarget: isTarget)
                : qualityFocalLoss.valueAndDerivative(
                    logit: part.classes[index], target: isTarget ? quality : 0)
            let share = isTarget ? ownShare : share
            sum += Double(result.value * share)
            part.classGradients?[index] = result.derivative * share
        }
        return sum
    }
}
