import NeedletailModels

extension SSD: ONNXDecodable {
    static var boxForm: ONNXBoxes.Form { .centers }

    func anchorCount(level: Int) -> Int { variant.boxes.countPerCell(map: level) }

    func decode(_ level: ONNXLevel) -> ONNXLevel.Decoded {
        let boxes = variant.boxes
        let input = SIMD2(Float(level.input.size.width), Float(level.input.size.height))
        let sizes = boxes.sizes(map: level.index).map { $0 * input }
        let step = boxes.steps.map { ONNXLevel.Step.fixed(Float($0[level.index])) } ?? .share(isRounded: false)
        let (centers, boxSizes) = level.decode(
            Self.coder, centers: level.centers(offset: 0.5, step: step), sizes: sizes)
        let logits = level.numbers(.classification, anchors: sizes.count, count: classCount)
        return ONNXLevel.Decoded(
            first: centers, second: boxSizes, scores: level.node("Softmax", [logits], ["axis": .integer(2)]))
    }
}
