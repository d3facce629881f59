import NeedletailGeometry
import NeedletailModels

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
        var classIndex: Int
        /// Of its image, as a batch of its own.
        var input: InputSize
    }

    let boxes: [PlacedBox]

    /// Boxes of images whose size the dataset does not tell are left out.
    public init(_ data: TrainingData, transform: InputTransform) {
        var boxes: [PlacedBox] = []
        for example in data.examples where example.width > 0 && example.height > 0 {
            let target = transform.target(
                boxes: example.boxes, classIndices: example.classIndices, width: example.width, height: example.height,
                flippedHorizontally: false)
            let padded = transform.paddedSize([transform.resizedSize(width: example.width, height: example.height)])
            let input = InputSize(width: padded.width, height: padded.height)
            for (box, classIndex) in zip(target.boxes, target.classIndices) where box.area > 0 && box.area.isFinite {
                boxes.append(PlacedBox(box: box, classIndex: classIndex, input: input))
            }
        }
        self.boxes = boxes
    }

    private init(boxes: [PlacedBox]) { self.boxes = boxes }

    /// Of no boxes.
    public init() { boxes = [] }

    /// The side of the smallest anchors, in pixels of the network's input: of 8, 12 … 64 the smallest with which anchors
    /// cover the boxes about as well as with any, every class counting as much as any other; 32 without boxes.
    ///
    /// The smallest, because it is the small boxes that are easily missed. Of a large dataset a part is looked at.
    public func smallestSize(aspectRatios: [Float]) -> Int {
        guard !boxes.isEmpty else { return 32 }
        let step = (boxes.count + Self.mostBoxes - 1) / Self.mostBoxes
        let sample = AnchorFit(boxes: stride(from: 0, to: boxes.count, by: step).map { boxes[$0] })
        let sizes = Array(stride(from: 8, through: 64, by: 4))
        let overlaps = sizes.map {
            sample.coverage(by: .retinaNet(smallestSize: $0, aspectRatios: aspectRatios)).balancedOverlap
        }
        let best = overlaps.max() ?? 0
        return zip(sizes, overlaps).first { $1 >= best - AnchorChoice.clearGain }?.0 ?? 32
    }

    private static let mostBoxes = 20_000

    /// Aspect ratios, height divided by width, in the middle of the flattest, the middle and the tallest third of the
    /// boxes, every class counting as much as any other; rounded to two digits, between 0.1 and 10.
    ///
    /// Fewer than three where boxes are so much alike that they agree.
    public var aspectRatios: [Float] {
        let counts = boxes.reduce(into: [:]) { counts, box in counts[box.classIndex, default: 0] += 1 }
        let weighted = boxes.map { placed in
            (ratio: placed.box.height / placed.box.width, weight: 1 / Double(counts[placed.classIndex] ?? 1))
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
