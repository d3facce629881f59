/// Where the JSON object of a record stands: in which of the dataset's sources, and at which byte.
///
/// Everything a record holds that has no column is found again from here, so it costs eight bytes a record
/// however much it is.
package struct RecordOrigin: Hashable, Sendable {
    private let packed: Int64

    package static let none = RecordOrigin(packed: -1)

    private init(packed: Int64) {
        self.packed = packed
    }

    package init(source: Int, offset: Int) {
        packed = Int64(source) << 48 | Int64(offset)
    }

    package var isNone: Bool { packed < 0 }
    package var source: Int { Int(packed >> 48) }
    package var offset: Int { Int(packed & (1 << 48 - 1)) }
}
