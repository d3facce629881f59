import NeedletailGeometry
import NeedletailModels
import NeedletailPlatform

/// The best class of each row of a prediction, where it passes the threshold.
private func best(
    _ values: [Float], from start: Int, step: Int, count: Int
) -> (index: Int, score: Float) {
    var index = 0, score = -Float.infinity
    for column in 0..<count where values[start + column * step] > score {
        (index, score) = (column, values[start + column * step])
    }
    return (index, score)
}

/// Rows of four numbers of a box, objectness and classes.
///
/// - Parameter box: Makes the box of a row from its numbers.
private func rated(
    _ tensor: ONNXTensor, in view: ONNXDetectorView,
    _ box: (_ row: Int, _ x: Float, _ y: Float, _ width: Float, _ height: Float) -> Corners
) -> [DetectionCandidate] {
    let values = tensor.floats, width = tensor.shape[2]
    let found = (0..<tensor.shape[1]).compactMap { row -> DetectionCandidate? in
        let start = row * width
        guard values[start + 4] > view.scoreThreshold else { return nil }
        let (index, share) = best(values, from: start + 5, step: 1, count: width - 5)
        let score = values[start + 4] * share
        guard score > view.scoreThreshold else { return nil }
        return DetectionCandidate(
            box: box(row, values[start], values[start + 1], values[start + 2], values[start + 3]), score: score,
            classIndex: index + 1)
    }
    return view.best(found)
}

/// `[1, cells, 5 + classes]`: centre and size as the network tells them, objectness, classes. Of YOLOX as its own program
/// exports it, with what the boxes mean left to the reader, or decoded to pixels, as YOLOv6's.
struct YOLOXLayout: ONNXDetectorLayout {
    static let name = "yolox"
    static let origin = "YOLOX; YOLOv6"

    let strides: [Int]
    let classCount: Int?
    private let isYOLOX: Bool

    init?(_ network: ONNXDetectorShape) {
        guard network.outputs.count == 1, network.outputs[0].count == 3, network.outputs[0][2] > 5,
            let strides = [[8, 16, 32], [8, 16, 32, 64]].first(where: { network.cells($0) == network.outputs[0][1] })
        else { return nil }
        if let names = network.classNames, names.count != network.outputs[0][2] - 5 { return nil }
        self.strides = strides
        classCount = network.outputs[0][2] - 5
        isYOLOX = network.outputNames != ["outputs"]
    }

    var input: ONNXInputConvention {
        // YOLOv6 takes the same colours from 0 to 1; its only output is called 'outputs'.
        isYOLOX
            ? ONNXInputConvention(channelOrder: .bgr, deviation: ONNXInputConvention.bytes) : ONNXInputConvention()
    }

    func candidates(_ outputs: [ONNXTensor], in view: ONNXDetectorView) -> [DetectionCandidate] {
        let values = outputs[0].floats, width = outputs[0].shape[2]
        // Logarithms of sizes in cells are small numbers, sizes in pixels are not.
        let isDecoded = (0..<outputs[0].shape[1]).contains { row in
            values[row * width + 2] > 20 || values[row * width + 3] > 20
        }
        if isDecoded {
            return rated(outputs[0], in: view) { _, x, y, w, h in Corners(centerX: x, y: y, width: w, height: h) }
        }
        var maps: [(first: Int, columns: Int, step: Float)] = [], first = 0
        for stride in strides {
            let columns = (view.input.width + stride - 1) / stride
            maps.append((first, columns, Float(stride)))
            first += columns * ((view.input.height + stride - 1) / stride)
        }
        return rated(outputs[0], in: view) { row, x, y, w, h in
            guard let map = maps.last(where: { $0.first <= row }) else { return Corners(0, 0, 0, 0) }
            let cell = row - map.first
            return Corners(
                centerX: (x + Float(cell % map.columns)) * map.step, y: (y + Float(cell / map.columns)) * map.step,
                width: exp(w) * map.step, height: exp(h) * map.step)
        }
    }
}

/// `[1, boxes, 5 + classes]`: centre and size in pixels, objectness, classes. Of YOLOv5 and YOLOv7.
struct YOLOv5Layout: ONNXDetectorLayout {
    static let name = "yolov5"
    static let origin = "YOLOv5, YOLOv7"

    let classCount: Int?
    let input = ONNXInputConvention()

    init?(_ network: ONNXDetectorShape) {
        guard let shape = network.outputs.first, shape.count == 3, shape[2] > 5, shape[1] > shape[2],
            (network.classNames?.count).map({ $0 == shape[2] - 5 })
                ?? [[8, 16, 32], [8, 16, 32, 64]].contains(where: { 3 * network.cells($0) == shape[1] })
        else { return nil }
        classCount = shape[2] - 5
    }

    func candidates(_ outputs: [ONNXTensor], in view: ONNXDetectorView) -> [DetectionCandidate] {
        rated(outputs[0], in: view) { _, x, y, w, h in Corners(centerX: x, y: y, width: w, height: h) }
    }
}

/// `[1, 4 + classes, boxes]`: centre and size in pixels, classes. Of Ultralytics from YOLOv8 on, and of many that follow it.
struct YOLOv8Layout: ONNXDetectorLayout {
    static let name = "yolov8"
    static let origin = "Ultralytics YOLOv8, v9, 11, 12; 'needletail export'"

    let classCount: Int?
    let input = ONNXInputConvention()

    init?(_ network: ONNXDetectorShape) {
        guard let shape = network.outputs.first, shape.count == 3, shape[1] > 4, shape[2] > shape[1],
            network.metadata["task"] != "obb"
        else { return nil }
        // Masks and key points stand behind the classes.
        let others = network.outputs.count > 1 && network.outputs[1].count == 4 ? network.outputs[1][1] : 0
        let count = network.classNames?.count ?? shape[1] - 4 - others
        guard count >= 1, count <= shape[1] - 4 else { return nil }
        classCount = count
    }

    func candidates(_ outputs: [ONNXTensor], in view: ONNXDetectorView) -> [DetectionCandidate] {
        let values = outputs[0].floats, count = outputs[0].shape[2]
        let found = (0..<count).compactMap { row -> DetectionCandidate? in
            let (index, score) = best(values, from: 4 * count + row, step: count, count: classCount ?? 0)
            guard score > view.scoreThreshold else { return nil }
            return DetectionCandidate(
                box: Corners(
                    centerX: values[row], y: values[count + row], width: values[2 * count + row],
                    height: values[3 * count + row]), score: score, classIndex: index + 1)
        }
        return view.best(found)
    }
}

/// `[1, boxes, 6]`: corners in pixels, score, class, with no more to suppress. Of YOLOv10, YOLO26 and of exports with
/// suppression inside.
struct EndToEndLayout: ONNXDetectorLayout {
    static let name = "end-to-end"
    static let origin = "YOLOv10, YOLO26; exports with suppression"

    let input = ONNXInputConvention()
    let isSuppressed = true

    init?(_ network: ONNXDetectorShape) {
        guard let shape = network.outputs.first, shape.count == 3, shape[2] == 6, shape[1] <= 3000,
            network.outputs.count == 1
        else { return nil }
    }

    func candidates(_ outputs: [ONNXTensor], in view: ONNXDetectorView) -> [DetectionCandidate] {
        let values = outputs[0].floats
        return view.best(
            (0..<outputs[0].shape[1]).compactMap { row in
                let start = row * 6
                guard values[start + 4] > view.scoreThreshold, let index = Int(exactly: values[start + 5].rounded())
                else {
                    return nil
                }
                return DetectionCandidate(
                    box: Corners(values[start], values[start + 1], values[start + 2], values[start + 3]),
                    score: values[start + 4], classIndex: index + 1)
            })
    }
}

/// `[1, cells, classes + 4 · bins]`: classes, and for each side of the box how probable each distance is. Of NanoDet-Plus.
///
/// Li et al., "Generalized Focal Loss", 2020.
struct NanoDetLayout: ONNXDetectorLayout {
    static let name = "nanodet"
    static let origin = "NanoDet-Plus"

    /// Distances from 0 to 7 strides.
    private static let bins = 8
    let strides: [Int]
    let classCount: Int?

    init?(_ network: ONNXDetectorShape) {
        guard network.outputs.count == 1, network.outputs[0].count == 3, network.outputs[0][2] > 4 * Self.bins,
            let strides = [[8, 16, 32, 64], [8, 16, 32]].first(where: { network.cells($0) == network.outputs[0][1] }),
            (network.classNames?.count ?? 80) == network.outputs[0][2] - 4 * Self.bins
        else { return nil }
        self.strides = strides
        classCount = network.outputs[0][2] - 4 * Self.bins
    }

    let input = ONNXInputConvention(
        fit: .stretch, channelOrder: .bgr, mean: SIMD3(123.675, 116.28, 103.53) / 255,
        deviation: SIMD3(58.395, 57.12, 57.375) / 255,
        usualSide: 320, postProcessing: PostProcessing(scoreThreshold: 0.05, overlapThreshold: 0.6))

    func candidates(_ outputs: [ONNXTensor], in view: ONNXDetectorView) -> [DetectionCandidate] {
        let values = outputs[0].floats, width = outputs[0].shape[2], classes = classCount ?? 0
        var found: [DetectionCandidate] = []
        var row = 0
        for stride in strides {
            let columns = (view.input.width + stride - 1) / stride, lines = (view.input.height + stride - 1) / stride
            for cell in 0..<columns * lines {
                defer { row += 1 }
                let start = row * width
                let (index, score) = best(values, from: start, step: 1, count: classes)
                guard score > view.scoreThreshold else { continue }
                let sides = (0..<4).map { side -> Float in
                    let logits = values[
                        (start + classes + side * Self.bins)..<(start + classes + (side + 1) * Self.bins)]
                    let greatest = logits.max() ?? 0, powers = logits.map { exp($0 - greatest) }
                    let sum = powers.reduce(0, +)
                    return powers.enumerated().reduce(0) { $0 + Float($1.offset) * $1.element } / sum * Float(stride)
                }
                let x = Float(cell % columns * stride), y = Float(cell / columns * stride)
                found.append(
                    DetectionCandidate(
                        box: Corners(x - sides[0], y - sides[1], x + sides[2], y + sides[3]), score: score,
                        classIndex: index + 1))
            }
        }
        return view.best(found)
    }
}
