import NeedletailGeometry
import NeedletailImages
import NeedletailKernels

/// SSD's loss: of the boxes that have an object, and of the classes of these and of the boxes of each image that are least
/// taken for background, three times as many.
///
/// Both are sums over the batch, divided by the number of boxes that have an object (at least 1). An image without objects
/// adds nothing. Liu et al., "SSD", 2016, section 2.2; as torchvision's `SSD.compute_loss`.
public struct MultiboxLoss: DenseLoss {
    public let terms = ["classification", "box"]
    public var boxes: DefaultBoxes
    /// Classification outputs of a box; the first is the background.
    public var classCount: Int
    public var matcher = MultiboxMatcher()
    public var coder = SSD.coder
    public var boxLoss: BoxLoss
    /// What the loss of boxes is multiplied by.
    public var boxWeight: Float
    /// By class index; nil for 1 everywhere.
    public var classWeights: [Float]?
    /// Boxes without an object whose classes count, for each that has one.
    public var negativesPerPositive = 3

    /// - Precondition: As many class weights as classes, if there are any.
    public init(boxes: DefaultBoxes, classCount: Int, options: DenseLossOptions = DenseLossOptions()) {
        precondition(
            options.classWeights.map { $0.count == classCount } ?? true,
            "\(options.classWeights?.count ?? 0) weights for \(classCount) classes")
        self.boxes = boxes
        self.classCount = classCount
        boxLoss = options.boxLoss ?? .smoothL1
        boxWeight = options.boxWeight
        classWeights = options.classWeights
    }

    public func evaluate(
        _ outputs: DenseOutputs, targets: [DetectionTarget], input: Image.Size, pool: ThreadPool
    ) -> LossValues {
        let boxes = boxes.boxes(
            featureSizes: outputs.mapSizes, inputHeight: input.height, inputWidth: input.width)
        let all = Array(boxes.joined())
        var matches = [[Int32]](repeating: [], count: targets.count)
        matches.withUnsafeMutableBufferPointer { matches in
            pool.run(chunks: targets.count) { image, _ in
                matches[image] = matcher.matches(boxes: all, objects: targets[image].boxes)
            }
        }
        let positives = matches.reduce(0) { $0 + $1.count { $0 >= 0 } }
        let share = 1 / Float(max(1, positives))
        var sums = [(classification: Double, boxes: Double)](repeating: (0, 0), count: targets.count)
        sums.withUnsafeMutableBufferPointer { sums in
            pool.run(chunks: targets.count) { image, _ in
                sums[image] = (
                    classify(image, outputs, boxes: boxes, matches[image], target: targets[image], share: share),
                    regress(
                        image, outputs, boxes: boxes, matches[image], target: targets[image], share: share * boxWeight)
                )
            }
        }
        return LossValues([
            Float(sums.reduce(0) { $0 + $1.classification }), Float(sums.reduce(0) { $0 + $1.boxes }),
        ])
    }

    /// Boxes without an object whose classes do not count are ignored; which these are depends on what is predicted now.
    public func labels(
        _ outputs: DenseOutputs, targets: [DetectionTarget], input: Image.Size, pool: ThreadPool
    ) -> [[LabeledPlace]]? {
        let boxes = boxes.boxes(
            featureSizes: outputs.mapSizes, inputHeight: input.height, inputWidth: input.width)
        let all = Array(boxes.joined())
        return targets.enumerated().map { image, target in
            let matches = matcher.matches(boxes: all, objects: target.boxes)
            let chosen = chosenBoxes(image, outputs, boxes: boxes, matches)
            return LabeledPlace.places(
                boxes, matches: zip(matches, chosen).map { $1 ? $0 : AnchorMatcher.ignored })
        }
    }

    /// The softmax cross-entropy of an image, times `share`.
    private func classify(
        _ image: Int, _ outputs: DenseOutputs, boxes: [[Corners]], _ matches: [Int32], target: DetectionTarget,
        share: Float
    ) -> Double {
        var sum = 0.0
        let chosen = chosenBoxes(image, outputs, boxes: boxes, matches)
        var start = 0
        for (map, mapBoxes) in boxes.enumerated() {
            let logits = outputs.values(.classification, level: map)
            let gradients = outputs.gradients(.classification, level: map)
            for box in mapBoxes.indices {
                let first = (image * mapBoxes.count + box) * classCount
                guard chosen[start + box] else {
                    if let gradients { for column in 0..<classCount { gradients[first + column] = 0 } }
                    continue
                }
                let match = matches[start + box]
                let label = match >= 0 ? target.classIndices[Int(match)] : 0
                let own = share * (match >= 0 ? classWeights?[label] ?? 1 : 1)
                let row = logits[first..<first + classCount]
                let softmax = SoftmaxRow(row)
                sum += (softmax.logSum - Double(row[first + label])) * Double(own)
                guard let gradients else { continue }
                for column in 0..<classCount {
                    let probability = softmax.probability(row[first + column])
                    gradients[first + column] = Float(probability - (column == label ? 1 : 0)) * own
                }
            }
            start += mapBoxes.count
        }
        return sum
    }

    /// Which boxes' classes count: those with an object, and those without that are farthest from saying so.
    private func chosenBoxes(
        _ image: Int, _ outputs: DenseOutputs, boxes: [[Corners]], _ matches: [Int32]
    ) -> [Bool] {
        var chosen = matches.map { $0 >= 0 }
        let wanted = negativesPerPositive * chosen.count { $0 }
        guard wanted > 0 else { return chosen }
        var negatives: [(index: Int, loss: Double)] = []
        negatives.reserveCapacity(matches.count)
        var start = 0
        for (map, mapBoxes) in boxes.enumerated() {
            let logits = outputs.values(.classification, level: map)
            for box in mapBoxes.indices where matches[start + box] < 0 {
                let first = (image * mapBoxes.count + box) * classCount
                let row = logits[first..<first + classCount]
                negatives.append((start + box, SoftmaxRow(row).logSum - Double(row[first])))
            }
            start += mapBoxes.count
        }
        negatives.sort { ($1.loss, $0.index) < ($0.loss, $1.index) }
        for negative in negatives.prefix(wanted) { chosen[negative.index] = true }
        return chosen
    }

    private func regress(
        _ image: Int, _ outputs: DenseOutputs, boxes: [[Corners]], _ matches: [Int32], target: DetectionTarget,
        share: Float
    ) -> Double {
        var sum = 0.0
        var start = 0
        for (map, mapBoxes) in boxes.enumerated() {
            let offsets = outputs.values(.regression, level: map)
            let gradients = outputs.gradients(.regression, level: map)
            for box in mapBoxes.indices {
                let first = (image * mapBoxes.count + box) * 4, match = matches[start + box]
                guard match >= 0 else {
                    if let gradients { for side in 0..<4 { gradients[first + side] = 0 } }
                    continue
                }
                let result = boxLoss.valueAndDerivative(
                    offsets: SIMD4(offsets, at: first),
                    object: target.boxes[Int(match)], anchor: mapBoxes[box], coder: coder)
                sum += Double(result.value * share)
                if let gradients { for side in 0..<4 { gradients[first + side] = result.derivative[side] * share } }
            }
            start += mapBoxes.count
        }
        return sum
    }
}
