import NeedletailGeometry
import NeedletailImages
import NeedletailPlatform

/// A picture whose pixels have the numbers of segments, 0 where there is none.
struct SegmentPicture {
    /// Where the pixels of a segment are: in its polygons, its mask, or else its box.
    struct Outline {
        var box: Box
        var polygons: [[Double]] = []
        var mask: RunLengthMask?
    }

    private let width: Int
    private let height: Int
    private var numbers: [UInt32]

    init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        numbers = Array(repeating: 0, count: width * height)
    }

    mutating func paint(_ outline: Outline, _ number: UInt32) {
        let width = width
        Self.forEachRun(outline, width: width, height: height) { row, columns in
            for column in columns { numbers[row * width + column] = number }
        }
    }

    /// Gives segments that others hide, or that hold no centre of a pixel, one pixel each: a file whose segments are not all in
    /// its picture is refused by those who read such files.
    mutating func show(_ segments: [(outline: Outline, number: UInt32)]) {
        var counts: [UInt32: Int] = [:]
        var start = 0
        while start < numbers.count {
            var end = start + 1
            while end < numbers.count, numbers[end] == numbers[start] { end += 1 }
            counts[numbers[start], default: 0] += end - start
            start = end
        }
        for (outline, number) in segments where counts[number] == nil {
            guard let place = place(for: outline, counts) else { continue }
            counts[numbers[place], default: 0] -= 1
            numbers[place] = number
            counts[number] = 1
        }
    }

    /// A pixel of an outline that no segment needs; one in the middle of its box or anywhere where it has none.
    private func place(for outline: Outline, _ counts: [UInt32: Int]) -> Int? {
        func isFree(_ place: Int) -> Bool { numbers[place] == 0 || counts[numbers[place], default: 0] > 1 }
        var found: Int?
        Self.forEachRun(outline, width: width, height: height) { row, columns in
            for column in columns where found == nil && isFree(row * width + column) { found = row * width + column }
        }
        if let found { return found }
        let column = min(max(Int(saturating: outline.box.x + outline.box.width / 2), 0), width - 1)
        let row = min(max(Int(saturating: outline.box.y + outline.box.height / 2), 0), height - 1)
        return isFree(row * width + column) ? row * width + column : numbers.indices.first { isFree($0) }
    }

    private static func forEachRun(
        _ outline: Outline, width: Int, height: Int, _ body: (_ row: Int, _ columns: Range<Int>) -> Void
    ) {
        if !outline.polygons.isEmpty {
            for polygon in outline.polygons {
                NeedletailGeometry.forEachRun(inPolygon: polygon, width: width, height: height, body)
            }
        } else if let mask = outline.mask, mask.width == width, mask.height == height {
            mask.forEachRun { column, rows in
                for row in rows { body(row, column..<column + 1) }
            }
        } else {
            let (x, y, (x2, y2)) = (outline.box.x, outline.box.y, outline.box.farCorner)
            NeedletailGeometry.forEachRun(
                inPolygon: [x, y, x2, y, x2, y2, x, y2], width: width, height: height, body)
        }
    }

    /// The numbers as red, green and blue, the lowest eight bits first.
    var image: Image {
        let bytes = [UInt8](unsafeUninitializedCapacity: 3 * numbers.count) { bytes, initialized in
            for (place, number) in numbers.enumerated() {
                bytes[3 * place] = UInt8(truncatingIfNeeded: number)
                bytes[3 * place + 1] = UInt8(truncatingIfNeeded: number >> 8)
                bytes[3 * place + 2] = UInt8(truncatingIfNeeded: number >> 16)
            }
            initialized = 3 * numbers.count
        }
        return Image(width: width, height: height, bytes: bytes)
    }
}
