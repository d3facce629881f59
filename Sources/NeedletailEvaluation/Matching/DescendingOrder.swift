/// Sorting by descending score in time that grows with the number of scores alone.
package enum DescendingOrder {
    /// A score as a whole number that is the smaller, the higher the score; equal scores give equal numbers.
    @inline(__always)
    static func key(_ score: Double) -> UInt64 {
        // The sum turns -0 into 0, which it equals.
        let bits = (score + 0).bitPattern
        return bits >> 63 == 0 ? ~(bits | 1 << 63) : bits
    }

    /// The score of a ``key(_:)``.
    @inline(__always)
    static func score(_ key: UInt64) -> Double {
        Double(bitPattern: key >> 63 == 0 ? ~key & ~(1 << 63) : key)
    }

    /// Positions `0 ..< count` by descending score, equal ones as they stand.
    package static func positions(count: Int, score: (Int) -> Double) -> [Int32] {
        typealias Entry = (key: UInt64, position: Int32)
        let entries = [Entry](unsafeUninitializedCapacity: count) { buffer, initialized in
            for position in 0..<count {
                buffer.initializeElement(at: position, to: (key(score(position)), Int32(position)))
            }
            initialized = count
            sort(buffer) { $0.key }
        }
        return entries.map(\.position)
    }

    /// Sorts by ascending key, equal ones as they stand: by one byte of the key after the other, the lowest first,
    /// bytes in which all keys agree passed over.
    @inline(__always)
    static func sort<Element>(_ elements: UnsafeMutableBufferPointer<Element>, key: (Element) -> UInt64) {
        let count = elements.count
        guard count > 1, var source = elements.baseAddress else { return }
        if count <= 128 { return sortFew(elements, key: key) }
        var histograms = [Int32](repeating: 0, count: 8 * 256)
        for i in 0..<count {
            var rest = key(source[i])
            for byte in 0..<8 {
                histograms[byte * 256 + Int(rest & 0xFF)] += 1
                rest >>= 8
            }
        }
        let scratch = UnsafeMutablePointer<Element>.allocate(capacity: count)
        defer { scratch.deallocate() }
        var target = scratch
        for byte in 0..<8 {
            let shift = UInt64(8 * byte)
            let first = Int(key(source[0]) >> shift & 0xFF)
            if Int(histograms[byte * 256 + first]) == count { continue }
            var start: Int32 = 0
            for digit in byte * 256..<(byte + 1) * 256 {
                let size = histograms[digit]
                histograms[digit] = start
                start += size
            }
            histograms.withUnsafeMutableBufferPointer { starts in
                for i in 0..<count {
                    let digit = byte * 256 + Int(key(source[i]) >> shift & 0xFF)
                    target[Int(starts[digit])] = source[i]
                    starts[digit] += 1
                }
            }
            swap(&source, &target)
        }
        if source == scratch { target.update(from: source, count: count) }
    }

    @inline(__always)
    private static func sortFew<Element>(_ elements: UnsafeMutableBufferPointer<Element>, key: (Element) -> UInt64) {
        for i in 1..<elements.count {
            let element = elements[i]
            let own = key(element)
            var hole = i
            while hole > 0, key(elements[hole - 1]) > own {
                elements[hole] = elements[hole - 1]
                hole -= 1
            }
            elements[hole] = element
        }
    }
}
