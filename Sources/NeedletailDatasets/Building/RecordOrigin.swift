/// Where the JSON object of a record stands: in which of the dataset's sources, and at which byte.
///
/// Everything a record holds that has no column is found again from here, so it costs eight bytes a record
/// however much it is.
@usableFromInline
package struct RecordOrigin: Hashable, Sendable {
    @usableFromInline package let packed: Int64

    @inlinable package static var none: RecordOrigin { RecordOrigin(packed: -1) }

    @inlinable
    package init(packed: Int64) {
        self.packed = packed
    }

    @inlinable
    package init(source: Int, offset: Int) {
        packed = Int64(source) << 48 | Int64(offset)
    }

    @inlinable package var isNone: Bool { packed < 0 }
    @inlinable package var source: Int { Int(packed >> 48) }
    @inlinable package var offset: Int { Int(packed & (1 << 48 - 1)) }
}
