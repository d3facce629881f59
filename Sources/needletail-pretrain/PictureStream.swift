import Needletail
import NeedletailShapes

/// The batches of one seed, of several picture sizes in turn.
struct PictureStream {
    let seed: UInt64
    /// Sides of the pictures, in pixels.
    let sizes: [Int]
    /// Pictures of one batch.
    let batch: Int

    /// Batches of the samples `0..<total` in order, drawn ahead of their use; the last may be smaller.
    func batches(total: Int) -> OrderedPrefetch<PictureBatch> {
        let streams = sizes.map { SyntheticClassification(seed: seed, size: $0) }
        let batch = batch
        return OrderedPrefetch(count: (total + batch - 1) / batch, lookAhead: 4) { step in
            PictureBatch(
                streams[step % streams.count], indices: step * batch..<min((step + 1) * batch, total))
        }
    }
}
