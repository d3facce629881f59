import NeedletailDetectors
import NeedletailGeometry

/// The anchors that suit the boxes of a dataset.
public struct AnchorFit: Sendable {
    /// The size of a network's input, padding included.
    struct InputSize: Hashable, Sendable {
        var width: Int
        var height: Int
    }

    /// A box in pixels of the network's input.
    struct PlacedBox: Sendable {
        var box: Corners
        /// The output column of its class.
        var label: Int
        /// Of its image, as a batch of its own.
        var input: InputSize
    }

    let boxes: [PlacedBox]

    /// Boxes of images whose size the dataset does not tell are left out.
    public init(_ data: TrainingData, transform: InputTransform) {
        var boxes: [PlacedBox] = []
        for example in data.examples where example.width > 0 && example.height > 0 {
            let target = transform.target(
                boxes: example.boxes, labels: example.labels, width: example.width, height: example.height,
                flippedHorizontally: false)
            let padded = transform.paddedSize([transform.resizedSize(width: example.width, height: example.height)])
            let input = InputSize(width: padded.width, height: padded.height)
            for (box, label) in zip(target.boxes, target.labels) where box.boxArea > 0 && box.boxArea.isFinite {
                boxes.append(PlacedBox(box: box, label: label, input: input))
            }
        }
        self.boxes = boxes
    }

    /// The side of the smallest anchors: that of the small objects of the class with the smallest, the tenth percentile of
    /// each, in steps of 4 pixels between 8 and 64.
    ///
    /// The side of a box is the square root of its area in pixels of the network's input. Larger objects are as well
    /// covered with larger anchors, and by finer maps; so it is no smaller than it has to be.
    public var smallestSize: Int {
        let sides = Dictionary(grouping: boxes, by: \.label).values.map {
            $0.map { $0.box.boxArea.squareRoot() }.sorted()
        }
        let small = sides.map { $0[$0.count / 10] }.min() ?? 32
        return min(max(Int(min(small, 64) / 4) * 4, 8), 64)
    }

    /// Aspect ratios, height divided by width, in the middle of the flattest, the middle and the tallest third of the
    /// boxes, every class counting as much as any other; rounded to two digits, between 0.1 and 10.
    ///
    /// Fewer than three where boxes are so much alike that they agree.
    public var aspectRatios: [Float] {
        let counts = boxes.reduce(into: [:]) { counts, box in counts[box.label, default: 0] += 1 }
        let weighted = boxes.map { placed in
            (ratio: placed.box.boxHeight / placed.box.boxWidth, weight: 1 / Double(counts[placed.label] ?? 1))
        }.sorted { $0.ratio < $1.ratio }
        var ratios: [Float] = []
        var reached = 0.0
        var third = 0
        for (ratio, weight) in weighted {
            reached += weight
            // The weights of a class add up to one.
            while third < 3, reached * 6 >= Double((2 * third + 1) * counts.count) * (1 - 1e-9) {
                let rounded = (min(max(ratio, 0.1), 10) * 100).rounded() / 100
                if ratios.last != rounded { ratios.append(rounded) }
                third += 1
            }
        }
        return ratios
    }
}
