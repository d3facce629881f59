/// A column of texts in one block of memory: a hundred thousand file names without as many allocations.
package struct StringColumn: RandomAccessCollection, Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    package var startIndex: Int { 0 }
    package var endIndex: Int { ends.count }
    package var count: Int { ends.count }

    package mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
        ends.append(bytes.count)
    }

    package mutating func append(contentsOf other: StringColumn) {
        let start = bytes.count
        bytes.append(contentsOf: other.bytes)
        ends.append(contentsOf: other.ends.lazy.map { start + $0 })
    }

    package subscript(row: Int) -> String {
        String(decoding: bytes[range(of: row)], as: UTF8.self)
    }

    private func range(of row: Int) -> Range<Int> { (row == 0 ? 0 : ends[row - 1])..<ends[row] }

    /// The rows whose text an earlier row has as well, in order.
    func repeatedRows() -> [Int] {
        // Beyond ASCII, texts of different bytes may be equal.
        guard bytes.allSatisfy({ $0 < 0x80 }) else {
            var seen: Set<String> = []
            return ends.indices.filter { !seen.insert(self[$0]).inserted }
        }
        return bytes.withUnsafeBytes { bytes in
            var seen = Set<Slice>(minimumCapacity: count)
            return ends.indices.filter { row in
                !seen.insert(Slice(bytes: UnsafeRawBufferPointer(rebasing: bytes[range(of: row)]))).inserted
            }
        }
    }

    /// A text as the bytes in the column.
    private struct Slice: Hashable {
        let bytes: UnsafeRawBufferPointer

        static func == (left: Slice, right: Slice) -> Bool {
            left.bytes.count == right.bytes.count && left.bytes.elementsEqual(right.bytes)
        }

        func hash(into hasher: inout Hasher) { hasher.combine(bytes: bytes) }
    }
}
