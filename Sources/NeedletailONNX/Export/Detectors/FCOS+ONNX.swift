import NeedletailGeometry
import NeedletailModels

extension FCOS: ONNXDecodable {
    static var boxForm: ONNXBoxes.Form { .corners }

    func decode(_ level: ONNXLevel) -> ONNXLevel.Decoded {
        let anchor = Self.anchors.cellAnchors(level: level.index)[0]
        let centers = level.centers(step: .share(isRounded: true))
        // Anchors are square.
        let distances = level.node("Mul", [level.numbers(.regression, count: 4), level.float(anchor.width)])
        let classes = level.node("Sigmoid", [level.numbers(.classification, count: classCount)])
        let centerness = level.node("Sigmoid", [level.numbers(.centerness, count: 1)])
        return ONNXLevel.Decoded(
            first: level.node("Sub", [centers, level.pair(distances, 0..<2)]),
            second: level.node("Add", [centers, level.pair(distances, 2..<4)]),
            scores: level.node("Sqrt", [level.node("Mul", [classes, centerness])]))
    }
}
