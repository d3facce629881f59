import NeedletailDetectors

/// The anchors that suit the boxes of a dataset.
public struct AnchorFit: Sendable {
    /// The side of each box, the square root of its area in pixels of the network's input, by output column.
    private let sides: [Int: [Float]]

    public init(_ data: TrainingData, transform: InputTransform) {
        var sides: [Int: [Float]] = [:]
        // Without the image's size nobody knows how large its boxes will be in the input.
        for example in data.examples where example.width > 0 && example.height > 0 {
            let target = transform.target(
                boxes: example.boxes, labels: example.labels, width: example.width, height: example.height,
                flippedHorizontally: false)
            for (box, label) in zip(target.boxes, target.labels) {
                let side = box.boxArea.squareRoot()
                if side.isFinite { sides[label, default: []].append(side) }
            }
        }
        self.sides = sides.mapValues { $0.sorted() }
    }

    /// The side of the smallest anchors: that of the small objects of the class with the smallest, the tenth percentile of
    /// each, in steps of 4 pixels between 8 and 64.
    ///
    /// Larger objects are as well covered with larger anchors, and by finer maps; so it is no smaller than it has to be.
    public var smallestSize: Int {
        let small = sides.values.map { $0[$0.count / 10] }.min() ?? 32
        return Int(min(max(small, 8), 64) / 4) * 4
    }
}
