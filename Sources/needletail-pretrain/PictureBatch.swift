import Needletail
import NeedletailShapes

/// Drawn pictures of one step, normalised as a detector's input is, with their classes.
struct PictureBatch: Sendable {
    /// `[count, size, size, 3]`.
    let pixels: [Float]
    let size: Int
    let labels: [Int]

    var shape: TensorShape { TensorShape(batch: labels.count, height: size, width: size, channels: 3) }

    /// Draws the samples of `indices`.
    init(_ pictures: SyntheticClassification, indices: Range<Int>) {
        let transform = InputTransform()
        let side = pictures.size
        let perPicture = side * side * 3
        var labels: [Int] = []
        pixels = [Float](unsafeUninitializedCapacity: perPicture * indices.count) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            for (position, index) in indices.enumerated() {
                let sample = pictures.sample(index)
                transform.write(
                    sample.image, size: (side, side), paddedWidth: side, paddedHeight: side,
                    into: base + position * perPicture)
                labels.append(sample.label)
            }
            count = perPicture * indices.count
        }
        self.labels = labels
        size = side
    }
}
