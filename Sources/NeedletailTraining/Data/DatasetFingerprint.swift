import NeedletailDatasets
import NeedletailGeometry

/// What tells a dataset from another, as far as training depends on it: names and sizes of images, boxes and
/// categories, in their order. Pixels are not looked at.
public struct DatasetFingerprint: Codable, Hashable, Sendable {
    public var images: Int
    /// Nil where images have classes alone.
    public var boxes: Int?
    public var categories: Int
    /// 64 bits of all of it, in hexadecimal digits.
    public var hash: String

    public init(_ dataset: Dataset) {
        images = dataset.images.count
        boxes = dataset.annotations.count
        categories = dataset.categories.count
        var digest = RecordDigest()
        for image in dataset.images {
            digest.add(image.fileName)
            digest.add(UInt64(bitPattern: Int64(image.width)))
            digest.add(UInt64(bitPattern: Int64(image.height)))
        }
        for category in dataset.categories {
            digest.add(category.name)
            digest.add(UInt64(bitPattern: Int64(category.number)))
        }
        let annotations = dataset.annotations
        for row in 0..<annotations.count {
            let box = annotations.box(of: row)
            let kind = annotations.isCrowd(row) ? 2 : annotations.hasArea(row) ? 1 : 0
            digest.add(UInt64(annotations.image(of: row)))
            digest.add(UInt64(annotations.category(of: row) * 4 + kind))
            for number in [box.x, box.y, box.width, box.height] { digest.add(number.bitPattern) }
        }
        hash = digest.digits
    }

    /// Of pictures with classes.
    public init(_ dataset: ClassificationDataset) {
        images = dataset.items.count
        categories = dataset.classes.count
        var digest = RecordDigest()
        for name in dataset.classes { digest.add(name) }
        for item in dataset.items {
            digest.add(item.name)
            for label in item.labels { digest.add(UInt64(label)) }
            if case .crop(_, let size, let box) = item.source {
                digest.add(UInt64(bitPattern: Int64(size.width)))
                digest.add(UInt64(bitPattern: Int64(size.height)))
                for number in [box.x, box.y, box.width, box.height] { digest.add(number.bitPattern) }
            }
        }
        hash = digest.digits
    }

    /// What differs from what a dataset was before, in words; nil when nothing does.
    func difference(from old: DatasetFingerprint, called name: String) -> String? {
        guard self != old else { return nil }
        if (images, boxes, categories) == (old.images, old.boxes, old.categories) {
            return
                "\(name) has as many images\(boxes.map { " and boxes as then (\(images), \($0))" } ?? " as then (\(images))"), "
                + "but other names, sizes, boxes or classes (\(old.hash) then, \(hash) now)"
        }
        return "\(name): \(old.words) then, \(words) now"
    }

    private var words: String {
        "\(images) images, \(boxes.map { "\($0) boxes, " } ?? "")\(categories) classes"
    }
}

/// A hash of texts and numbers that is the same in every process: words multiplied in
/// one after another, with the finish of SplitMix64.
private struct RecordDigest {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ word: UInt64) {
        // Multiplying moves information upward only; turning brings it down again.
        state = (state ^ word) &* 0x9e37_79b9_7f4a_7c15
        state = state << 29 | state >> 35
    }

    mutating func add(_ text: String) {
        for byte in text.utf8 { add(UInt64(byte)) }
        // Ends the text: no byte has this value.
        add(0x100)
    }

    var digits: String {
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        mixed ^= mixed >> 31
        let text = String(mixed, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
