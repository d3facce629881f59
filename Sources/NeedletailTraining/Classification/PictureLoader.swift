import NeedletailDatasets
import NeedletailImages
import NeedletailModels
import Synchronization

/// Loads the pictures of a dataset, and keeps as many of them in memory as there is room for.
///
/// Whether a picture is kept changes no bit of it.
final class PictureLoader: Sendable {
    let dataset: ClassificationDataset
    let transform: InputTransform
    /// The pictures of each photograph that several are cut out of.
    private let siblings: [String: [Int]]
    private let kept = Mutex(Kept())

    private struct Kept {
        var images: [Int: Image] = [:]
        var byteCount = 0
    }

    /// Bytes of pictures that are kept.
    private static let limit = 512 << 20

    init(_ dataset: ClassificationDataset, transform: InputTransform) {
        precondition(transform.fixedSize != nil, "pictures of a classifier have one size")
        self.dataset = dataset
        self.transform = transform
        var siblings: [String: [Int]] = [:]
        for (row, item) in dataset.items.enumerated() {
            if case .crop(let path, _, _) = item.source { siblings[path, default: []].append(row) }
        }
        self.siblings = siblings
    }

    var size: Image.Size { transform.fixedSize ?? Image.Size(width: 1, height: 1) }

    /// Twice the input, so that crops and enlargements have what they need.
    private var sufficientSide: Int { 2 * max(size.width, size.height) }

    /// - Throws: `ImageError`, `AnnotatedImageError`.
    func image(_ row: Int) throws -> Image {
        let item = dataset.items[row]
        if case .array = item.source { return try item.image() }
        if let image = kept.withLock({ $0.images[row] }) { return image }
        guard case .crop(let path, let size, _) = item.source, let rows = siblings[path], rows.count > 1 else {
            let image = try item.image(minimumSide: sufficientSide)
            keep(image, row)
            return image
        }
        // A photograph is decoded once for all that is cut out of it.
        let photograph = try AnnotatedImage.load(path, width: size.width, height: size.height)
        for other in rows where other != row {
            if let crop = dataset.items[other].image(cutFrom: photograph) { keep(crop, other) }
        }
        guard let image = item.image(cutFrom: photograph) else { return photograph }
        keep(image, row)
        return image
    }

    private func keep(_ image: Image, _ row: Int) {
        kept.withLock { kept in
            guard kept.images[row] == nil, kept.byteCount + image.bytes.count <= Self.limit else { return }
            kept.images[row] = image
            kept.byteCount += image.bytes.count
        }
    }

    /// Numbers of a picture in the network's input.
    var countPerPicture: Int { size.width * size.height * transform.channels }

    /// Writes a picture as the network reads it.
    func write(_ image: Image, isMirrored: Bool, into target: UnsafeMutablePointer<Float>) {
        transform.write(
            image, size: (size.width, size.height), paddedWidth: size.width, paddedHeight: size.height,
            flippedHorizontally: isMirrored, into: target)
    }

    /// A batch of pictures; those that cannot be loaded are left out and named.
    ///
    /// - Parameter make: Makes the picture of an entry, and says whether it is mirrored.
    func batch<Entry>(
        _ entries: [Entry], row: (Entry) -> Int,
        make: (Entry, inout BatchNotes) throws -> (image: Image, isMirrored: Bool)
    ) -> BatchItem<[Int]> {
        var notes = BatchNotes()
        var rows: [KeptRow] = []
        let count = countPerPicture
        let pixels = [Float](unsafeUninitializedCapacity: count * entries.count) { buffer, initialized in
            guard let base = buffer.baseAddress else { return }
            for entry in entries {
                do {
                    let (image, isMirrored) = try make(entry, &notes)
                    write(image, isMirrored: isMirrored, into: base + rows.count * count)
                    rows.append(KeptRow(row: row(entry), isMirrored: isMirrored))
                    notes.names.append(dataset.items[row(entry)].name)
                } catch {
                    notes.failures.append("\(error)")
                }
            }
            initialized = count * rows.count
        }
        return BatchItem(batch: rows.isEmpty ? nil : batch(rows, pixels: pixels), notes: notes, keptRows: rows)
    }

    /// - Parameter pixels: Empty where kept features take their place.
    func batch(_ rows: [KeptRow], pixels: [Float]) -> TrainingBatch<[Int]> {
        TrainingBatch(
            pixels: pixels, targets: rows.map { dataset.items[$0.row].labels }, width: size.width, height: size.height,
            channels: transform.channels)
    }
}
