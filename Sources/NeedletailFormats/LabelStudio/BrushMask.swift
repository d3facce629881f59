import NeedletailGeometry

/// A mask painted with Label Studio's brush: the colours of all pixels, four numbers each, packed by thi.ng's rle-pack.
///
/// A stream of bits, highest first: the count of numbers (32 bits), the bits of a number less one (5), and the bits less
/// one of four kinds of lengths (4 each). Then come runs until all numbers are told: a bit that says whether the number
/// is the same for all, the kind of length (2 bits), the length less one, and the number or the numbers.
enum BrushMask {
    /// The extent of the pixels that are not transparent; nil when there are none, or the bytes are no such mask.
    static func extent(of bytes: [UInt8], width: Int, height: Int) -> Box? {
        guard width > 0, height > 0, width <= 1 << 20, height <= 1 << 20 else { return nil }
        var bits = BitReader(bytes: bytes)
        guard let count = bits.read(32), count == width * height * 4, let wordSize = bits.read(5) else { return nil }
        var lengths: [Int] = []
        for _ in 0..<4 {
            guard let size = bits.read(4) else { return nil }
            lengths.append(size + 1)
        }
        var extent = PixelExtent(width: width)
        var place = 0
        while place < count {
            guard let isRun = bits.read(1), let kind = bits.read(2), let length = bits.read(lengths[kind]) else {
                return nil
            }
            let end = min(place + length + 1, count)
            if isRun == 1 {
                guard let value = bits.read(wordSize + 1) else { return nil }
                if value > 0 { extent.add(numbers: place..<end) }
            } else {
                for number in place..<end {
                    guard let value = bits.read(wordSize + 1) else { return nil }
                    if value > 0 { extent.add(numbers: number..<number + 1) }
                }
            }
            place = end
        }
        return extent.box
    }
}

/// Takes numbers of so many bits from bytes.
private struct BitReader {
    let bytes: [UInt8]
    private var place = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Nil when the bytes are at an end.
    mutating func read(_ count: Int) -> Int? {
        guard place + count <= bytes.count * 8 else { return nil }
        var value = 0
        for bit in place..<place + count { value = value << 1 | Int(bytes[bit >> 3] >> UInt8(7 - bit & 7) & 1) }
        place += count
        return value
    }
}

/// Grows around pixels, of which the fourth number each is how opaque they are.
private struct PixelExtent {
    let width: Int
    private var left = Int.max
    private var right = -1
    private var top = Int.max
    private var bottom = -1

    init(width: Int) { self.width = width }

    mutating func add(numbers: Range<Int>) {
        // The pixels whose fourth number is in the range.
        guard numbers.upperBound >= 4 else { return }
        let (first, end) = (numbers.lowerBound / 4, (numbers.upperBound - 4) / 4)
        guard end >= first else { return }
        top = min(top, first / width)
        bottom = max(bottom, end / width)
        let isOneRow = first / width == end / width
        left = min(left, isOneRow ? first % width : 0)
        right = max(right, isOneRow ? end % width : width - 1)
    }

    var box: Box? {
        guard right >= left, bottom >= top else { return nil }
        return Box(
            x: Double(left), y: Double(top), width: Double(right - left + 1), height: Double(bottom - top + 1))
    }
}
