import NeedletailGeometry
import NeedletailImages
import NeedletailModels
import NeedletailPlatform

/// Boxes of a list with their scores and classes, of an output each.
private func listed(
    boxes: ONNXTensor, scores: [Float], labels: [Float], in view: ONNXDetectorView, firstClass: Int,
    _ box: (Corners) -> Corners
) -> [DetectionCandidate] {
    let values = boxes.floats, count = min(scores.count, labels.count, values.count / 4)
    return view.best(
        (0..<count).compactMap { row in
            guard scores[row] > view.scoreThreshold, let label = Int(exactly: labels[row].rounded()) else { return nil }
            let corners = Corners(values[4 * row], values[4 * row + 1], values[4 * row + 2], values[4 * row + 3])
            return DetectionCandidate(box: box(corners), score: scores[row], classIndex: label - firstClass + 1)
        })
}

/// Boxes `[N, 4]`, scores `[N]` and labels `[N]` of the image itself, background first. Of torchvision's detectors, which
/// normalise, resize and suppress inside.
struct SeparateListsLayout: ONNXDetectorLayout {
    static let name = "lists"
    static let origin = "torchvision's RetinaNet, SSD, Faster R-CNN"

    private let boxes: Int
    private let scores: Int
    private let labels: Int
    private let isSSD: Bool

    let firstClass = 1
    let isSuppressed = true

    init?(_ network: ONNXDetectorShape) {
        let shapes = network.outputs
        guard shapes.count >= 3 else { return nil }
        if let boxes = network.output(named: "boxes", "bboxes"), let scores = network.output(named: "scores"),
            let labels = network.output(named: "labels")
        {
            (self.boxes, self.scores, self.labels) = (boxes, scores, labels)
        } else {
            // Their order is the same in every export: boxes, scores or labels, and the rest.
            guard let boxes = shapes.firstIndex(where: { $0.count == 2 && $0[1] == 4 }), shapes[0].count == 2,
                shapes.filter({ $0.count == 1 }).count >= 2
            else { return nil }
            self.boxes = boxes
            (scores, labels) = (1, 2)
        }
        guard shapes[boxes].last == 4 else { return nil }
        // The zoo's SSD takes a batch, and tells shares of the image.
        isSSD = shapes[boxes].count == 3
    }

    var input: ONNXInputConvention {
        isSSD
            ? ONNXInputConvention(
                fit: .stretch, mean: ONNXInputConvention.imageNet.mean,
                deviation: ONNXInputConvention.imageNet.deviation,
                usualSide: 1200)
            : ONNXInputConvention(usualSide: 800)
    }

    func candidates(_ outputs: [ONNXTensor], in view: ONNXDetectorView) -> [DetectionCandidate] {
        // Scores are fractions; labels are whole.
        let (first, second) = (outputs[scores], outputs[labels])
        let isSwapped = if case .integers = first.numbers { true } else { false }
        return listed(
            boxes: outputs[boxes], scores: (isSwapped ? second : first).floats,
            labels: (isSwapped ? first : second).floats,
            in: view, firstClass: firstClass
        ) { isSSD ? view.fromShares($0) : $0 }
    }
}

/// Boxes with scores `[1, N, 5]` in pixels and labels `[1, N]`. Of MMDetection's RTMDet and others by MMDeploy, and of
/// OpenVINO's Model API, whose boxes lack the batch.
struct DetectionListLayout: ONNXDetectorLayout {
    static let name = "mmdeploy"
    static let origin = "MMDetection by MMDeploy (RTMDet); OpenVINO Model API"

    private let boxes: Int
    private let labels: Int
    private let isModelAPI: Bool
    let isSuppressed = true

    init?(_ network: ONNXDetectorShape) {
        guard let boxes = network.outputs.firstIndex(where: { $0.count >= 2 && $0.last == 5 }),
            let labels = network.output(named: "labels")
        else { return nil }
        (self.boxes, self.labels) = (boxes, labels)
        isModelAPI = network.outputNames[boxes] == "boxes"
    }

    var input: ONNXInputConvention {
        isModelAPI
            ? ONNXInputConvention()
            : ONNXInputConvention(
                channelOrder: .bgr, mean: SIMD3(123.675, 116.28, 103.53) / 255,
                deviation: SIMD3(58.395, 57.12, 57.375) / 255)
    }

    func candidates(_ outputs: [ONNXTensor], in view: ONNXDetectorView) -> [DetectionCandidate] {
        let values = outputs[boxes].floats, count = values.count / 5
        let corners = ONNXTensor((0..<count).flatMap { values[5 * $0..<5 * $0 + 4] }, shape: [count, 4])
        return listed(
            boxes: corners, scores: (0..<count).map { values[5 * $0 + 4] }, labels: outputs[labels].floats, in: view,
            firstClass: 0
        ) { $0 }
    }
}

/// Labels `[1, N]`, boxes `[1, N, 4]` and scores `[1, N]` in pixels of a size that is given beside the image. Of D-FINE,
/// RT-DETR and DEIM.
struct SizedQueriesLayout: ONNXDetectorLayout {
    static let name = "d-fine"
    static let origin = "D-FINE, RT-DETR, DEIM"

    private let boxes: Int
    private let scores: Int
    private let labels: Int
    private let size: String
    let isSuppressed = true
    let input = ONNXInputConvention(fit: .stretch)

    init?(_ network: ONNXDetectorShape) {
        guard let size = network.inputNames.first(where: { $0 == "orig_target_sizes" }),
            let boxes = network.output(named: "boxes"), let scores = network.output(named: "scores"),
            let labels = network.output(named: "labels")
        else { return nil }
        (self.boxes, self.scores, self.labels, self.size) = (boxes, scores, labels, size)
    }

    func otherInputs(_ placement: ImagePlacement, padded: Image.Size) -> [String: ONNXTensor] {
        [size: ONNXTensor([Int64(padded.width), Int64(padded.height)], shape: [1, 2])]
    }

    func candidates(_ outputs: [ONNXTensor], in view: ONNXDetectorView) -> [DetectionCandidate] {
        listed(
            boxes: outputs[boxes], scores: outputs[scores].floats, labels: outputs[labels].floats, in: view,
            firstClass: 0
        ) { $0 }
    }
}

/// Logits `[1, queries, classes]` and boxes `[1, queries, 4]` of centre and size in shares of the image. Of DETR and its
/// descendants as Hugging Face exports them.
struct QueriesLayout: ONNXDetectorLayout {
    static let name = "detr"
    static let origin = "DETR, RT-DETR, YOLOS by Hugging Face"

    private let logits: Int
    private let boxes: Int
    let classCount: Int?
    /// Whether the last class is that of nothing, and shares are divided among all.
    private let hasNothing: Bool
    let isSuppressed = true

    init?(_ network: ONNXDetectorShape) {
        guard let logits = network.output(named: "logits", "pred_logits"),
            let boxes = network.output(named: "pred_boxes"),
            network.outputs[logits].count == 3, network.outputs[boxes].last == 4
        else { return nil }
        (self.logits, self.boxes) = (logits, boxes)
        let count = network.outputs[logits][2]
        hasNothing = count == 92 || network.classNames.map { $0.count == count - 1 } ?? false
        classCount = hasNothing ? count - 1 : count
    }

    var input: ONNXInputConvention {
        // DETR's 91 classes go with ImageNet's normalisation, RT-DETR's 80 with none.
        hasNothing
            ? ONNXInputConvention(
                fit: .stretch, mean: ONNXInputConvention.imageNet.mean,
                deviation: ONNXInputConvention.imageNet.deviation,
                usualSide: 800) : ONNXInputConvention(fit: .stretch)
    }

    func candidates(_ outputs: [ONNXTensor], in view: ONNXDetectorView) -> [DetectionCandidate] {
        let values = outputs[logits].floats, places = outputs[boxes].floats
        let width = outputs[logits].shape[2], count = classCount ?? width
        return view.best(
            (0..<outputs[logits].shape[1]).flatMap { row -> [DetectionCandidate] in
                let numbers = values[row * width..<(row + 1) * width]
                let box = view.fromShares(
                    Corners(
                        centerX: places[4 * row], y: places[4 * row + 1], width: places[4 * row + 2],
                        height: places[4 * row + 3]))
                let greatest = numbers.max() ?? 0
                let sum = numbers.reduce(0) { $0 + exp($1 - greatest) }
                return (0..<count).compactMap { index in
                    let logit = numbers[numbers.startIndex + index]
                    let score = hasNothing ? exp(logit - greatest) / sum : Interpreter.sigmoid(logit)
                    return score > view.scoreThreshold
                        ? DetectionCandidate(box: box, score: score, classIndex: index + 1) : nil
                }
            })
    }
}

/// Boxes `[1, N, 4]` of top, left, bottom and right in shares of the image, classes and scores `[1, N]`. Of TensorFlow's
/// object detection API by tf2onnx.
struct TensorFlowLayout: ONNXDetectorLayout {
    static let name = "tensorflow"
    static let origin = "TensorFlow's object detection API by tf2onnx"

    private let boxes: Int
    private let classes: Int
    private let scores: Int
    let firstClass = 1
    let isSuppressed = true
    let input = ONNXInputConvention(fit: .stretch, deviation: ONNXInputConvention.bytes, usualSide: 320)

    init?(_ network: ONNXDetectorShape) {
        guard let boxes = network.outputNames.firstIndex(where: { $0.hasPrefix("detection_boxes") }),
            let classes = network.outputNames.firstIndex(where: { $0.hasPrefix("detection_classes") }),
            let scores = network.outputNames.firstIndex(where: { $0.hasPrefix("detection_scores") })
        else { return nil }
        (self.boxes, self.classes, self.scores) = (boxes, classes, scores)
    }

    func candidates(_ outputs: [ONNXTensor], in view: ONNXDetectorView) -> [DetectionCandidate] {
        listed(
            boxes: outputs[boxes], scores: outputs[scores].floats, labels: outputs[classes].floats, in: view,
            firstClass: firstClass
        ) { view.fromShares(Corners($0.y1, $0.x1, $0.y2, $0.x2)) }
    }
}
