import NeedletailGeometry
import NeedletailImages
import NeedletailKernels

/// The loss of a detector with anchors: focal loss over all anchors that are not ignored, box loss over the matched ones.
///
/// Both are summed over an image, divided by its matched anchors (at least 1), and averaged over the batch. An image
/// without objects counts as background everywhere. With class weights, the focal loss of an anchor's own class is
/// multiplied by the weight of that class, `-w α (1 - p)^γ log p`; what it is not counts as before.
public struct AnchorLoss: DenseLoss {
    public let terms = ["classification", "box"]
    public var anchors: AnchorGenerator
    /// Classification outputs of an anchor; the first is never a target.
    public var classCount: Int
    public var assignment: AnchorAssignment
    public var classificationLoss: ClassificationLoss
    public var focalLoss = FocalLoss()
    public var qualityFocalLoss = QualityFocalLoss()
    public var coder = BoxCoder()
    public var boxLoss: BoxLoss
    /// What the loss of boxes is multiplied by.
    public var boxWeight: Float
    /// By class index; nil for 1 everywhere.
    public var classWeights: [Float]?

    /// - Precondition: As many class weights as classes, if there are any.
    public init(
        boxLoss: BoxLoss, anchors: AnchorGenerator, classCount: Int, options: DenseLossOptions = DenseLossOptions()
    ) {
        precondition(
            options.classWeights.map { $0.count == classCount } ?? true,
            "\(options.classWeights?.count ?? 0) weights for \(classCount) classes")
        self.boxLoss = boxLoss
        classificationLoss = options.classificationLoss ?? .focal
        self.anchors = anchors
        self.classCount = classCount
        assignment = options.assignment
        classWeights = options.classWeights
        boxWeight = options.boxWeight
    }

    /// Anchors of one chunk of work.
    private static let grain = 2048

    public func evaluate(
        _ outputs: DenseOutputs, targets: [DetectionTarget], input: Image.Size, pool: ThreadPool
    ) -> LossValues {
        let anchors = anchors.anchors(
            featureSizes: outputs.mapSizes, inputHeight: input.height, inputWidth: input.width)
        let batch = targets.count
        let matches = match(anchors: anchors, targets: targets, pool: pool)
        let shares = matches.map { matches in
            1 / (Float(max(1, matches.count { $0 >= 0 })) * Float(max(1, batch)))
        }
        var chunks: [Chunk] = []
        var start = 0
        for (level, levelAnchors) in anchors.enumerated() {
            for image in 0..<batch {
                for first in stride(from: 0, to: levelAnchors.count, by: Self.grain) {
                    chunks.append(
                        Chunk(
                            image: image, level: level, levelStart: start,
                            range: first..<min(first + Self.grain, levelAnchors.count)))
                }
            }
            start += levelAnchors.count
        }
        var sums = [(classification: Double, boxes: Double)](repeating: (0, 0), count: chunks.count)
        sums.withUnsafeMutableBufferPointer { sums in
            pool.run(chunks: chunks.count) { index, _ in
                let chunk = chunks[index]
                let levelAnchors = anchors[chunk.level]
                let share = shares[chunk.image]
                let offsets = outputs.values(.regression, level: chunk.level)
                sums[index].classification = classify(
                    chunk, matches: matches[chunk.image], target: targets[chunk.image], share: share,
                    anchors: levelAnchors, offsets: offsets,
                    logits: outputs.values(.classification, level: chunk.level),
                    gradient: outputs.gradients(.classification, level: chunk.level))
                sums[index].boxes = regress(
                    chunk, matches: matches[chunk.image], target: targets[chunk.image],
                    share: share * boxWeight, anchors: levelAnchors, offsets: offsets,
                    gradient: outputs.gradients(.regression, level: chunk.level))
            }
        }
        return LossValues([
            Float(sums.reduce(0) { $0 + $1.classification }), Float(sums.reduce(0) { $0 + $1.boxes }),
        ])
    }

    public func labels(
        _ outputs: DenseOutputs, targets: [DetectionTarget], input: Image.Size, pool: ThreadPool
    ) -> [[LabeledPlace]]? {
        let anchors = anchors.anchors(
            featureSizes: outputs.mapSizes, inputHeight: input.height, inputWidth: input.width)
        return match(anchors: anchors, targets: targets, pool: pool).map { LabeledPlace.places(anchors, matches: $0) }
    }

    /// The object of each anchor of each image.
    func match(
        anchors: [[Corners]], targets: [DetectionTarget], pool: ThreadPool
    ) -> [[Int32]] {
        let anchorsPerCell = self.anchors.countPerCell
        var matches = [[Int32]](repeating: [], count: targets.count)
        matches.withUnsafeMutableBufferPointer { matches in
            pool.run(chunks: targets.count) { image, _ in
                matches[image] = assignment.matches(
                    anchors: anchors, anchorsPerCell: anchorsPerCell, objects: targets[image].boxes)
            }
        }
        return matches
    }

    /// A run of anchors of one level of one image.
    private struct Chunk {
        var image: Int
        var level: Int
        /// The number of anchors on finer levels.
        var levelStart: Int
        /// Anchors within the level.
        var range: Range<Int>
    }

    private func classify(
        _ chunk: Chunk, matches: [Int32], target: DetectionTarget, share: Float, anchors: [Corners],
        offsets: UnsafeBufferPointer<Float>, logits: UnsafeBufferPointer<Float>,
        gradient: UnsafeMutableBufferPointer<Float>?
    ) -> Double {
        var sum = 0.0
        for anchor in chunk.range {
            let match = matches[chunk.levelStart + anchor]
            let place = chunk.image * anchors.count + anchor, offset = place * classCount
            guard match != AnchorMatcher.ignored else {
                if let gradient { for column in 0..<classCount { gradient[offset + column] = 0 } }
                continue
            }
            let label = match >= 0 ? target.classIndices[Int(match)] : -1
            let ownShare = label >= 0 ? share * (classWeights?[label] ?? 1) : share
            let quality =
                label >= 0 && classificationLoss == .qualityFocal
                ? coder.decode(
                    SIMD4(offsets, at: 4 * place), anchor: anchors[anchor]
                ).intersectionOverUnion(with: target.boxes[Int(match)]) : 0
            for column in 0..<classCount {
                let isTarget = column == label
                let logit = logits[offset + column]
                let result =
                    classificationLoss == .focal
                    ? focalLoss.valueAndDerivative(logit: logit, isTarget: isTarget)
                    : qualityFocalLoss.valueAndDerivative(logit: logit, target: isTarget ? quality : 0)
                let share = isTarget ? ownShare : share
                sum += Double(result.value * share)
                gradient?[offset + column] = result.derivative * share
            }
        }
        return sum
    }

    private func regress(
        _ chunk: Chunk, matches: [Int32], target: DetectionTarget, share: Float, anchors: [Corners],
        offsets: UnsafeBufferPointer<Float>, gradient: UnsafeMutableBufferPointer<Float>?
    ) -> Double {
        var sum = 0.0
        for anchor in chunk.range {
            let match = matches[chunk.levelStart + anchor]
            let offset = (chunk.image * anchors.count + anchor) * 4
            guard match >= 0 else {
                if let gradient { for side in 0..<4 { gradient[offset + side] = 0 } }
                continue
            }
            let result = boxLoss.valueAndDerivative(
                offsets: SIMD4(offsets, at: offset),
                object: target.boxes[Int(match)], anchor: anchors[anchor], coder: coder)
            sum += Double(result.value * share)
            if let gradient { for side in 0..<4 { gradient[offset + side] = result.derivative[side] * share } }
        }
        return sum
    }
}

extension SIMD4<Float> {
    /// Four numbers that lie one behind the other.
    init(_ numbers: UnsafeBufferPointer<Float>, at first: Int) {
        self.init(numbers[first], numbers[first + 1], numbers[first + 2], numbers[first + 3])
    }
}
