/// Gives out blocks that live as long as each other, small ones side by side in the same huge pages.
final class FloatBlocks {
    private var open: FloatStorage?
    private var used = 0

    /// Makes a block aligned to a cache line, zero at first.
    func make(count: Int) throws(OutOfMemoryError) -> FloatStorage {
        let room = (count + 15) / 16 * 16
        guard room * MemoryLayout<Float>.stride < FloatStorage.leastPagesSize else {
            return try FloatStorage(count: count)
        }
        let block: FloatStorage
        if let open, used + room <= open.count {
            block = open
        } else {
            block = try FloatStorage(count: FloatStorage.hugePageSize / MemoryLayout<Float>.stride)
            (open, used) = (block, 0)
        }
        defer { used += room }
        return FloatStorage(sharing: UnsafeBufferPointer(start: block.pointer + used, count: count), of: block)
    }
}
