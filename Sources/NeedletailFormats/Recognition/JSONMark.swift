import NeedletailDatasets

/// Keys that tell a format from JSON, as soon as all of them were met.
struct JSONMark {
    enum Shape {
        /// The outermost object, or the first of objects that stand one behind the other.
        case object
        /// The first object of a list.
        case list
    }

    let shape: Shape
    let keys: Set<String>

    init(_ shape: Shape, _ keys: Set<String>) {
        (self.shape, self.keys) = (shape, keys)
    }

    private static let all: [(format: DatasetFormat, mark: JSONMark)] = DatasetFormat.allCases.flatMap { format in
        format.codec.marks.map { (format, $0) }
    }

    /// The format that keys tell of.
    ///
    /// - Parameter last: The key that was met last; only marks that it completes are looked at.
    static func format(of keys: [String], _ shape: Shape, last: String? = nil) -> DatasetFormat? {
        all.first { _, mark in
            mark.shape == shape && last.map(mark.keys.contains) ?? true && mark.keys.allSatisfy(keys.contains)
        }?.format
    }
}
