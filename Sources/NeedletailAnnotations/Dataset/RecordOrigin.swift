/// Where the JSON object of a record stands: in which of the dataset's sources, and at which byte.
///
/// Everything a record holds that has no column is found again from here, so it costs eight bytes a record
/// however much it is.
struct RecordOrigin: Hashable, Sendable {
    private let packed: Int64

    static let none = RecordOrigin(packed: -1)

    private init(packed: Int64) {
        self.packed = packed
    }

    init(source: Int, offset: Int) {
        packed = Int64(source) << 48 | Int64(offset)
    }

    var isNone: Bool { packed < 0 }
    var source: Int { Int(packed >> 48) }
    var offset: Int { Int(packed & (1 << 48 - 1)) }
}
