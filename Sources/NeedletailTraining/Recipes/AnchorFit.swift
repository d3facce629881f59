import NeedletailDetectors

/// The anchors that suit the boxes of a dataset.
public struct AnchorFit: Sendable {
    /// The side of each box, the square root of its area in pixels of the network's input, by output column.
    private let sides: [Int: [Float]]

    public init(_ data: TrainingData, transform: InputTransform) {
        var sides: [Int: [Float]] = [:]
        for example in data.examples {
            let target = transform.target(
                boxes: example.boxes, labels: example.labels, width: example.width, height: example.height,
                flippedHorizontally: false)
            for (box, label) in zip(target.boxes, target.labels) {
                sides[label, default: []].append(box.boxArea.squareRoot())
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
        return min(max(Int(small / 4) * 4, 8), 64)
    }
}
