import NeedletailGeometry
import NeedletailImages
import NeedletailKernels
import NeedletailPlatform

/// YOLOX's loss: of the boxes, of there being an object, and of the classes, each a sum over cells, divided by the number
/// of cells of the batch that have an object (at least 1).
///
/// Cells are given objects by ``SimOTA``. The loss of a box is `5 (1 - IoU²)`; all cells should say by their objectness
/// whether they have an object; those that have should give its class the probability of the box's IoU. At the end of a
/// training `l1` is added: how far the four numbers of the network are from those that would give the object's box.
public struct YOLOXLoss: DenseLoss {
    public var classCount: Int
    public var assignment = SimOTA()
    /// What the loss of boxes is multiplied by besides.
    public var boxWeight: Float
    /// By class index from 0, the background; nil for 1 everywhere.
    public var classWeights: [Float]?
    /// Whether the last term counts.
    public var includesL1: Bool
    /// The loss of boxes, one of ``BoxLoss/ofCorners``; nil for `1 - IoU²`.
    public var boxLoss: BoxLoss?
    /// Whether classes have ``QualityFocalLoss`` in place of cross-entropy; the target is the same.
    public var hasQualityFocalLoss: Bool

    public var terms: [String] { ["box", "objectness", "classification", "l1"] }

    public init(classCount: Int, options: DenseLossOptions = DenseLossOptions()) {
        self.classCount = classCount
        boxWeight = options.boxWeight
        classWeights = options.classWeights
        boxLoss = options.boxLoss
        includesL1 = options.addsL1
        hasQualityFocalLoss = options.classificationLoss == .qualityFocal
    }

    public func evaluate(
        _ outputs: DenseOutputs, targets: [DetectionTarget], input: Image.Size, pool: ThreadPool
    ) -> LossValues {
        let levels = outputs.levels.indices.map { Level(outputs, $0) }
        let matches = matches(outputs, targets: targets, pool: pool)
        let share = 1 / Double(max(1, matches.reduce(0) { $0 + $1.count }))
        var sums = [Sums](repeating: Sums(), count: targets.count)
        sums.withUnsafeMutableBufferPointer { sums in
            pool.run(chunks: targets.count) { image, _ in
                sums[image] = add(matches[image], target: targets[image], image: image, levels: levels, share: share)
            }
        }
        func total(_ term: KeyPath<Sums, Double>) -> Float { Float(sums.reduce(0) { $0 + $1[keyPath: term] } * share) }
        return LossValues([total(\.box), total(\.objectness), total(\.classification), total(\.l1)])
    }

    public func labels(
        _ outputs: DenseOutputs, targets: [DetectionTarget], input: Image.Size, pool: ThreadPool
    ) -> [[LabeledPlace]]? {
        let places = outputs.levels.indices.flatMap { level in
            let grid = CellGrid(outputs, level: level)
            return (0..<grid.count).map { cell in
                let corner = grid.place(cell) * grid.stride
                return LabeledPlace(
                    box: Corners(corner.x, corner.y, corner.x + grid.stride, corner.y + grid.stride), level: level,
                    label: .background)
            }
        }
        return matches(outputs, targets: targets, pool: pool).map { matches in
            var places = places
            for match in matches { places[match.cell].label = .object(match.object) }
            return places
        }
    }

    /// The cells of each image that are given an object.
    package func matches(
        _ outputs: DenseOutputs, targets: [DetectionTarget], pool: ThreadPool
    ) -> [[SimOTA.Match]] {
        let levels = outputs.levels.indices.map { Level(outputs, $0) }
        var matches = [[SimOTA.Match]](repeating: [], count: targets.count)
        matches.withUnsafeMutableBufferPointer { matches in
            pool.run(chunks: targets.count) { image, _ in
                matches[image] = match(targets[image], image: image, levels: levels)
            }
        }
        return matches
    }

    /// Of an image, before they are divided.
    private struct Sums {
        var box = 0.0
        var objectness = 0.0
        var classification = 0.0
        var l1 = 0.0
    }

    /// The outputs of a level.
    private struct Level {
        let grid: CellGrid
        let boxes: UnsafeBufferPointer<Float>
        let objectness: UnsafeBufferPointer<Float>
        let classes: UnsafeBufferPointer<Float>
        let boxGradients: UnsafeMutableBufferPointer<Float>?
        let objectnessGradients: UnsafeMutableBufferPointer<Float>?
        let classGradients: UnsafeMutableBufferPointer<Float>?
        /// Cells of finer levels.
        let start: Int

        init(_ outputs: DenseOutputs, _ level: Int) {
            grid = CellGrid(outputs, level: level)
            boxes = outputs.values(.regression, level: level)
            objectness = outputs.values(.objectness, level: level)
            classes = outputs.values(.classification, level: level)
            boxGradients = outputs.gradients(.regression, level: level)
            objectnessGradients = outputs.gradients(.objectness, level: level)
            classGradients = outputs.gradients(.classification, level: level)
            start = outputs.mapSizes.prefix(level).reduce(0) { $0 + $1.height * $1.width }
        }

        func box(_ cell: Int, image: Int) -> CenteredBox { grid.box(numbers(cell, image: image), cell: cell) }

        func numbers(_ cell: Int, image: Int) -> SIMD4<Float> {
            let first = (image * grid.count + cell) * 4
            return SIMD4(boxes[first], boxes[first + 1], boxes[first + 2], boxes[first + 3])
        }

        /// The cells with a centre less than so many cells from a point, along each axis.
        func cells(near point: SIMD2<Float>, radius: Float) -> [Int] {
            func range(_ middle: Float, _ count: Int) -> [Int] {
                let first = middle / grid.stride - 0.5 - radius
                guard first.isFinite, abs(first) < 1e6 else { return [] }
                let start = Int(first.rounded(.down))
                return (start...start + 2 * Int(radius.rounded(.up)) + 1).filter { index in
                    // As the reference rounds: distances in pixels, in single precision.
                    let distance = abs((Float(index) + 0.5) * grid.stride - middle)
                    return (0..<count).contains(index) && distance < radius * grid.stride
                }
            }
            let columns = range(point.x, grid.width)
            return range(point.y, grid.height).flatMap { row in columns.map { row * grid.width + $0 } }
        }
    }

    private func match(_ target: DetectionTarget, image: Int, levels: [Level]) -> [SimOTA.Match] {
        let objects = target.boxes.map { CenteredBox($0) }
        var near: [Int: [Int]] = [:]
        for level in levels {
            for (object, box) in objects.enumerated() {
                for cell in level.cells(near: box.center, radius: assignment.centerRadius) {
                    near[level.start + cell, default: []].append(object)
                }
            }
        }
        let candidates = near.sorted { $0.key < $1.key }.map { cell, near in
            let level = levels.last { $0.start <= cell } ?? levels[0]
            let own = cell - level.start, place = image * level.grid.count + own
            let objectness = Double(level.objectness[place])
            let logits = level.classes[place * classCount..<(place + 1) * classCount]
            return SimOTA.Candidate(
                cell: cell, box: level.box(own, image: image), near: near,
                logProbabilities: logits.map { Self.logProbabilities(Double($0), objectness: objectness) })
        }
        return assignment.matches(
            candidates, objects: objects, classes: target.classIndices.map { $0 - 1 })
    }

    /// Logarithms of `√(sigmoid(logit) · sigmoid(objectness))` and of one minus it, from -100 on as torch has them.
    private static func logProbabilities(_ logit: Double, objectness: Double) -> (of: Double, against: Double) {
        let probability = (1 / ((1 + exp(-logit)) * (1 + exp(-objectness)))).squareRoot()
        return (max(log(probability), -100), max(log1p(-probability), -100))
    }

    /// The losses of an image; their gradients are multiplied by `share`.
    private func add(
        _ matches: [SimOTA.Match], target: DetectionTarget, image: Int, levels: [Level], share: Double
    ) -> Sums {
        var sums = Sums()
        for level in levels {
            clear(level, image: image)
            for cell in image * level.grid.count..<(image + 1) * level.grid.count {
                let loss = Self.crossEntropy(level.objectness[cell], target: 0)
                sums.objectness += loss.value
                level.objectnessGradients?[cell] = Float(loss.derivative * share)
            }
        }
        for match in matches {
            let level = levels.last { $0.start <= match.cell } ?? levels[0]
            let cell = match.cell - level.start, place = image * level.grid.count + cell
            // It has an object after all.
            let logit = level.objectness[place]
            sums.objectness += Self.crossEntropy(logit, target: 1).value - Self.crossEntropy(logit, target: 0).value
            level.objectnessGradients?[place] = Float(Self.crossEntropy(logit, target: 1).derivative * share)
            let classIndex = target.classIndices[match.object]
            let weight = Double(classWeights?[classIndex] ?? 1)
            for column in 0..<classCount {
                let isOwn = column == classIndex - 1
                let loss = classLoss(
                    level.classes[place * classCount + column], target: isOwn ? match.overlap : 0)
                let factor = isOwn ? weight : 1
                sums.classification += loss.value * factor
                level.classGradients?[place * classCount + column] = Float(loss.derivative * factor * share)
            }
            let object = CenteredBox(target.boxes[match.object])
            let box = boxLoss(level.box(cell, image: image), object: object)
            let boxFactor = 5 * Double(boxWeight)
            sums.box += Double(box.value) * boxFactor
            let width = level.box(cell, image: image).size
            var derivative =
                SIMD4(
                    box.byCenter.x * level.grid.stride, box.byCenter.y * level.grid.stride, box.bySize.x * width.x,
                    box.bySize.y * width.y) * Float(boxFactor * share)
            if includesL1 {
                let wanted = (object.center / level.grid.stride) - level.grid.place(cell)
                let sizes = object.size / level.grid.stride
                let goal = SIMD4(wanted.x, wanted.y, log(sizes.x + 1e-8), log(sizes.y + 1e-8))
                let difference = level.numbers(cell, image: image) - goal
                let sign = SIMD4<Float>.zero
                    .replacing(with: 1, where: difference .> 0).replacing(with: -1, where: difference .< 0)
                sums.l1 += Double((difference * sign).sum())
                derivative += sign * Float(share)
            }
            for side in 0..<4 { level.boxGradients?[place * 4 + side] = derivative[side] }
        }
        return sums
    }

    private func clear(_ level: Level, image: Int) {
        let first = image * level.grid.count, count = level.grid.count
        func clear(_ gradients: UnsafeMutableBufferPointer<Float>?, _ width: Int) {
            guard let base = gradients?.baseAddress else { return }
            (base + first * width).update(repeating: 0, count: count * width)
        }
        clear(level.boxGradients, 4)
        clear(level.classGradients, classCount)
    }

    private func classLoss(_ logit: Float, target: Float) -> (value: Double, derivative: Double) {
        guard hasQualityFocalLoss else { return Self.crossEntropy(logit, target: Double(target)) }
        let loss = QualityFocalLoss().valueAndDerivative(logit: logit, target: target)
        return (Double(loss.value), Double(loss.derivative))
    }

    private func boxLoss(
        _ box: CenteredBox, object: CenteredBox
    ) -> (value: Float, byCenter: SIMD2<Float>, bySize: SIMD2<Float>) {
        guard let boxLoss else { return Self.squaredOverlapLoss(box, object: object) }
        let loss = boxLoss.valueAndDerivative(box: box.corners, object: object.corners)
        let low = SIMD2(loss.byCorner.x, loss.byCorner.y), high = SIMD2(loss.byCorner.z, loss.byCorner.w)
        return (loss.value, low + high, (high - low) / 2)
    }

    /// Binary cross-entropy of a logit, and its derivative.
    private static func crossEntropy(_ logit: Float, target: Double) -> (value: Double, derivative: Double) {
        let x = Double(logit), decay = exp(-abs(x))
        return (max(x, 0) - x * target + log1p(decay), (x >= 0 ? 1 / (1 + decay) : decay / (1 + decay)) - target)
    }

    /// `1 - IoU²` and its derivatives by centre and size.
    ///
    /// `max` and `min` pass the gradient to the side they chose and halve it at a tie, as the reference does.
    static func squaredOverlapLoss(
        _ box: CenteredBox, object: CenteredBox
    ) -> (value: Float, byCenter: SIMD2<Float>, bySize: SIMD2<Float>) {
        let low = box.center - box.size / 2, high = box.center + box.size / 2
        let objectLow = object.center - object.size / 2, objectHigh = object.center + object.size / 2
        let sides = pointwiseMin(high, objectHigh) - pointwiseMax(low, objectLow)
        let area = box.size.x * box.size.y
        let meets = sides.x > 0 && sides.y > 0
        let intersection = meets ? sides.x * sides.y : 0
        let union = area + object.size.x * object.size.y - intersection + 1e-16
        let overlap = intersection / union
        // d(1 - q²) = -2q dq, with q = I / (A + constant - I).
        let byIntersection = meets ? -2 * overlap * (1 / union + intersection / (union * union)) : 0
        let byArea = 2 * overlap * intersection / (union * union)

        func share(_ isOwn: Bool, tie: Bool) -> Float { tie ? 0.5 : (isOwn ? 1 : 0) }
        var byCenter = SIMD2<Float>.zero, bySize = SIMD2(box.size.y, box.size.x) * byArea
        for axis in 0..<2 {
            let perSide = byIntersection * sides[1 - axis]
            let atHigh = perSide * share(high[axis] < objectHigh[axis], tie: high[axis] == objectHigh[axis])
            let atLow = -perSide * share(low[axis] > objectLow[axis], tie: low[axis] == objectLow[axis])
            byCenter[axis] += atHigh + atLow
            bySize[axis] += (atHigh - atLow) / 2
        }
        return (1 - overlap * overlap, byCenter, bySize)
    }
}
