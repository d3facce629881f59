import NeedletailGeometry
import NeedletailModels

extension RetinaNet: ONNXDecodable {
    static var boxForm: ONNXBoxes.Form { .centers }

    func anchorCount(level: Int) -> Int { anchors.countPerCell }

    func decode(_ level: ONNXLevel) -> ONNXLevel.Decoded {
        let sizes = anchors.cellAnchors(level: level.index).map { SIMD2($0.width, $0.height) }
        let (centers, boxSizes) = level.decode(
            BoxCoder(), centers: level.centers(step: .share(isRounded: true)), sizes: sizes)
        let logits = level.numbers(.classification, anchors: sizes.count, count: classCount)
        return ONNXLevel.Decoded(first: centers, second: boxSizes, scores: level.node("Sigmoid", [logits]))
    }
}
