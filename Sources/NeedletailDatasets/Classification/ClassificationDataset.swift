import NeedletailGeometry
import NeedletailImages

/// Pictures with the classes that they show: what a classifier is trained on and measured with.
///
/// Pictures are named, not held; ``image(of:minimumSide:)`` loads one. Those of an array are in memory.
public struct ClassificationDataset: Sendable {
    /// A picture and its classes.
    public struct Item: Sendable {
        /// As the dataset calls it: `cats/1.jpg`, `t10k-images 17`, `street.jpg box 3`.
        public var name: String
        public var source: Source
        /// Rows of ``ClassificationDataset/classes``, ascending.
        public var labels: [Int]
        /// `train`, `val`, `test`; nil where the dataset does not say.
        public var split: String?

        public init(name: String, source: Source, labels: [Int], split: String? = nil) {
            self.name = name
            self.source = source
            self.labels = labels
            self.split = split
        }
    }

    /// Where a picture is.
    public enum Source: Sendable {
        case file(String)
        /// A box of a photograph whose annotations say its size, which is below 1 where they do not.
        case crop(of: String, size: Image.Size, box: Box)
        case array(PictureArray, Int)
    }

    /// The file or folder that was read.
    public var path: String
    /// Names, in the order that class numbers have.
    public var classes: [String]
    public var items: [Item]
    /// Whether a picture may show any number of classes, and not exactly one.
    public var hasSeveralLabels: Bool
    /// What of the file or folder was not taken over, a line each.
    public var remarks: [String]

    public init(
        path: String, classes: [String], items: [Item], hasSeveralLabels: Bool = false, remarks: [String] = []
    ) {
        self.path = path
        self.classes = classes
        self.items = items
        self.hasSeveralLabels = hasSeveralLabels
        self.remarks = remarks
    }

    /// How many pictures show each class.
    public var counts: [Int] {
        var counts = [Int](repeating: 0, count: classes.count)
        for item in items {
            for label in item.labels { counts[label] += 1 }
        }
        return counts
    }

    /// The names of the splits, in their order.
    public var splits: [String] {
        Set(items.compactMap(\.split)).sorted { (SplitName.order($0), $0) < (SplitName.order($1), $1) }
    }

    /// Some of the pictures, with all classes.
    public func selecting(_ rows: [Int]) -> ClassificationDataset {
        var part = self
        part.items = rows.map { items[$0] }
        return part
    }

    /// The pictures of a split.
    public func split(_ name: String) -> ClassificationDataset {
        selecting(items.indices.filter { items[$0].split.map { SplitName.isSame($0, name) } ?? false })
    }

    /// The same pictures with the classes of a classifier, by name; pictures of others are left out.
    ///
    /// - Returns: Them, and the names of the classes that the classifier does not know, with their pictures.
    public func matched(to names: [String]) -> (dataset: ClassificationDataset, unknown: [(name: String, count: Int)]) {
        let places = CategoryNameIndex(names).places(of: classes).map(\.first)
        var matched = self
        matched.classes = names
        matched.items = items.compactMap { item in
            let labels = item.labels.compactMap { places[$0] }.sorted()
            guard !labels.isEmpty || item.labels.isEmpty else { return nil }
            var item = item
            item.labels = labels
            return item
        }
        let counts = counts
        let unknown = classes.indices.filter { places[$0] == nil && counts[$0] > 0 }.map { (classes[$0], counts[$0]) }
        return (matched, unknown)
    }
}

/// Pictures of one size in memory, one behind the other.
public final class PictureArray: Sendable {
    public let width: Int
    public let height: Int
    public let format: PixelFormat
    public let count: Int
    private let bytes: [UInt8]

    /// - Precondition: As many bytes as the pictures have.
    public init(width: Int, height: Int, format: PixelFormat, count: Int, bytes: [UInt8]) {
        precondition(
            bytes.count == count * width * height * format.channels, "\(bytes.count) bytes for \(count) pictures")
        self.width = width
        self.height = height
        self.format = format
        self.count = count
        self.bytes = bytes
    }

    public subscript(index: Int) -> Image {
        let size = width * height * format.channels
        return Image(
            width: width, height: height, format: format, bytes: Array(bytes[index * size..<(index + 1) * size]))
    }
}
