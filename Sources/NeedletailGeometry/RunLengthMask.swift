/// A mask as COCO codes it: how many pixels lie outside and inside by turns, column by column from the left, each from its
/// top.
public struct RunLengthMask: Hashable, Sendable {
    public let width: Int
    public let height: Int
    /// The lengths of the runs, of which the first lies outside.
    public let counts: [Int]

    /// - Returns: Nil when the runs are not those of so many pixels, or a side is none or longer than 2²⁰.
    public init?(width: Int, height: Int, counts: [Int]) {
        guard (1...1 << 20).contains(width), (1...1 << 20).contains(height) else { return nil }
        var rest = width * height
        for count in counts {
            guard count >= 0, count <= rest else { return nil }
            rest -= count
        }
        guard rest == 0 else { return nil }
        (self.width, self.height, self.counts) = (width, height, counts)
    }

    /// A mask whose runs are written as pycocotools' `rleToString` writes them: five bits a character, the lowest first,
    /// each from the fourth on as what it is more than the last but one.
    public init?(width: Int, height: Int, text: String) {
        var counts: [Int] = []
        var (value, shift) = (0, 0)
        for character in text.utf8 {
            guard (48..<48 + 64).contains(character), shift <= 50 else { return nil }
            let bits = Int(character) - 48
            value |= (bits & 0x1F) << shift
            shift += 5
            guard bits & 0x20 == 0 else { continue }
            if bits & 0x10 != 0 { value |= -1 << shift }
            counts.append(counts.count > 2 ? value &+ counts[counts.count - 2] : value)
            (value, shift) = (0, 0)
        }
        guard shift == 0 else { return nil }
        self.init(width: width, height: height, counts: counts)
    }

    /// The runs as ``init(width:height:text:)`` reads them.
    public var text: String {
        var text: [UInt8] = []
        for (place, count) in counts.enumerated() {
            var value = place > 2 ? count - counts[place - 2] : count
            while true {
                let bits = value & 0x1F
                value >>= 5
                let isLast = bits & 0x10 != 0 ? value == -1 : value == 0
                text.append(UInt8(48 + bits + (isLast ? 0 : 0x20)))
                if isLast { break }
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// How many pixels lie inside.
    public var area: Int { stride(from: 1, to: counts.count, by: 2).reduce(0) { $0 + counts[$1] } }

    /// Calls `body` with the pixels that lie inside, in runs of one column each.
    public func forEachRun(_ body: (_ column: Int, _ rows: Range<Int>) -> Void) {
        var start = 0
        for (place, count) in counts.enumerated() {
            let end = start + count
            if place & 1 == 1 {
                while start < end {
                    let column = start / height
                    let stop = min(end, (column + 1) * height)
                    body(column, start - column * height..<stop - column * height)
                    start = stop
                }
            }
            start = end
        }
    }

    /// The pixels inside are no further apart than this; nil when there are none.
    public var extent: Box? {
        var (left, right, top, bottom) = (Int.max, -1, Int.max, -1)
        forEachRun { column, rows in
            (left, right) = (min(left, column), max(right, column))
            (top, bottom) = (min(top, rows.lowerBound), max(bottom, rows.upperBound))
        }
        guard right >= 0 else { return nil }
        return Box(
            x: Double(left), y: Double(top), width: Double(right + 1 - left), height: Double(bottom - top))
    }
}
