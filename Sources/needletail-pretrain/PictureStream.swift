import Needletail
import NeedletailShapes

/// The drawn pictures of one seed, of several sizes in turn, as an epoch of batches.
struct PictureStream: BatchSource {
    let seed: UInt64
    /// Sides of the pictures, in pixels.
    let sizes: [Int]
    /// Pictures of one batch.
    let batchSize: Int
    /// The first so many samples of the seed, in order; the last batch may be smaller.
    let imageCount: Int

    func batchCounts(epochs: Int) -> [Int] {
        [Int](repeating: (imageCount + batchSize - 1) / batchSize, count: epochs)
    }

    func maker(epoch: Int) -> @Sendable (Int) -> BatchItem<[Int]> {
        let streams = sizes.map { SyntheticClassification(seed: seed, size: $0) }
        let (batchSize, imageCount) = (batchSize, imageCount)
        return { number in
            let start = number * batchSize
            let pictures = streams[number % streams.count]
            return BatchItem(
                batch: TrainingBatch(pictures, indices: start..<min(start + batchSize, imageCount)))
        }
    }
}

extension TrainingBatch<[Int]> {
    /// Draws samples, normalised as a detector's input is.
    init(_ pictures: SyntheticClassification, indices: Range<Int>) {
        let transform = InputTransform()
        let side = pictures.size
        let perPicture = side * side * 3
        var classes: [[Int]] = []
        let pixels = [Float](unsafeUninitializedCapacity: perPicture * indices.count) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            for (position, index) in indices.enumerated() {
                let sample = pictures.sample(index)
                transform.write(
                    sample.image, size: (side, side), paddedWidth: side, paddedHeight: side,
                    into: base + position * perPicture)
                classes.append([sample.label])
            }
            count = perPicture * indices.count
        }
        self.init(pixels: pixels, targets: classes, width: side, height: side)
    }
}
