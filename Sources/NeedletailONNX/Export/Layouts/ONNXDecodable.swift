import NeedletailGraph
import NeedletailModels

/// A dense detector that says in ONNX what its outputs mean. A new one conforms in a file of its own.
protocol ONNXDecodable: DenseArchitecture {
    /// What its boxes are told by.
    static var boxForm: ONNXBoxes.Form { get }
    /// Whether of the classes of a place only the best is a candidate.
    var keepsBestClassOnly: Bool { get }
    /// Whether boxes are clipped to the image before those that overlap are suppressed.
    var clipsCandidates: Bool { get }

    /// Boxes predicted at each place of a level.
    func anchorCount(level: Int) -> Int

    /// Writes what the outputs of a level mean.
    func decode(_ level: ONNXLevel) -> ONNXLevel.Decoded
}

extension ONNXDecodable {
    var keepsBestClassOnly: Bool { false }
    var clipsCandidates: Bool { true }
    func anchorCount(level: Int) -> Int { 1 }

    /// Writes boxes and scores of all levels.
    ///
    /// - Parameter categories: The classification outputs that are wanted.
    func decoded(
        _ levels: [ONNXLevel], categories: [Int], to writer: ONNXWriter
    ) -> (boxes: ONNXBoxes, scores: String) {
        var first: [String] = [], second: [String] = [], scores: [String] = []
        for level in levels {
            let decoded = decode(level), anchors = anchorCount(level: level.index)
            first.append(level.row(decoded.first, anchors: anchors, count: 2))
            second.append(level.row(decoded.second, anchors: anchors, count: 2))
            scores.append(level.row(decoded.scores, anchors: anchors, count: classCount))
        }
        func joined(_ values: [String], _ name: String) -> String {
            writer.concatenate(values, axis: 2, named: name)
        }
        let boxes = ONNXBoxes(
            form: Self.boxForm, first: joined(first, "boxes/first"), second: joined(second, "boxes/second"))
        let all = joined(scores, "scores")
        guard categories != Array(0..<classCount) else { return (boxes, all) }
        guard let start = categories.first, categories == Array(start..<start + categories.count) else {
            return (boxes, writer.gather(all, categories, axis: 1, named: "scores/known"))
        }
        return (
            boxes,
            writer.slice(all, axes: [1], from: [start], to: [start + categories.count], named: "scores/known")
        )
    }
}

extension ONNXLevel {
    /// The boxes that offsets lead to from anchors.
    ///
    /// - Parameters:
    ///   - centers: Of the places, in pixels.
    ///   - sizes: Width and height of the anchors at each.
    func decode(_ coder: BoxCoder, centers: String, sizes: [SIMD2<Float>]) -> (centers: String, sizes: String) {
        var offsets = numbers(.regression, anchors: sizes.count, count: 4)
        if coder.weights != .one {
            let weights = writer.floats(
                (0..<4).map { coder.weights[$0] }, [1, 1, 4, 1], named: "decoding/weights")
            offsets = node("Div", [offsets, weights])
        }
        let anchors = perAnchor(sizes)
        let center = node("Add", [node("Mul", [pair(offsets, 0..<2), anchors]), centers])
        let limited = node("Min", [pair(offsets, 2..<4), float(BoxCoder.sizeLimit)])
        return (center, node("Mul", [node("Exp", [limited]), anchors]))
    }
}
