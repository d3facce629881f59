import NeedletailGraph

/// Places buffers that live at different times into one block of memory.
struct ArenaLayout {
    /// A buffer and the first and last moment at which its contents matter, both inclusive.
    struct Lifetime {
        var count: Int
        var first: Int
        var last: Int
    }

    private(set) var lifetimes: [Lifetime] = []

    mutating func reserve(count: Int, at moment: Int) -> BufferID {
        lifetimes.append(Lifetime(count: count, first: moment, last: moment))
        return BufferID(index: lifetimes.count - 1)
    }

    /// Makes the buffer live at `moment` too.
    mutating func extend(_ buffer: BufferID, to moment: Int) {
        lifetimes[buffer.index].first = min(lifetimes[buffer.index].first, moment)
        lifetimes[buffer.index].last = max(lifetimes[buffer.index].last, moment)
    }

    /// Offsets in floats, aligned to cache lines, and the size of the whole block.
    ///
    /// The largest buffers are placed first, each at the lowest offset where it meets no buffer alive at the same
    /// time (Pisarchyk & Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020: greedy by size).
    func offsets() -> (offsets: [Int], count: Int) {
        var offsets = [Int](repeating: 0, count: lifetimes.count)
        var placed: [(range: Range<Int>, lifetime: Lifetime)] = []
        var total = 0
        let order = lifetimes.indices.sorted {
            (lifetimes[$1].count, $0) < (lifetimes[$0].count, $1)
        }
        for index in order {
            let lifetime = lifetimes[index]
            let size = (lifetime.count + 15) / 16 * 16
            var start = 0
            for other in placed
            where other.lifetime.first <= lifetime.last && lifetime.first <= other.lifetime.last {
                if start + size <= other.range.lowerBound { break }
                start = max(start, other.range.upperBound)
            }
            offsets[index] = start
            total = max(total, start + size)
            let position = placed.firstIndex { $0.range.lowerBound > start } ?? placed.endIndex
            placed.insert((start..<start + size, lifetime), at: position)
        }
        return (offsets, total)
    }
}
