import NeedletailModels

extension YOLOX: ONNXDecodable {
    static var boxForm: ONNXBoxes.Form { .centers }
    var keepsBestClassOnly: Bool { true }
    var clipsCandidates: Bool { false }

    func decode(_ level: ONNXLevel) -> ONNXLevel.Decoded {
        let numbers = level.numbers(.regression, count: 4), stride = Float(level.stride)
        let offsets = level.node("Mul", [level.pair(numbers, 0..<2), level.float(stride)])
        let sizes = level.node("Mul", [level.node("Exp", [level.pair(numbers, 2..<4)]), level.float(stride)])
        let objectness = level.node("Sigmoid", [level.numbers(.objectness, count: 1)])
        let classes = level.node("Sigmoid", [level.numbers(.classification, count: classCount)])
        return ONNXLevel.Decoded(
            first: level.node("Add", [offsets, level.centers(step: .fixed(stride))]), second: sizes,
            scores: level.node("Mul", [classes, objectness]))
    }
}
