/// The outlines of the segments of a picture, each of which has a number that all its pixels carry.
///
/// They run along the edges of pixels, with the segment on their right. Pixels that touch at a corner are parts of their own.
/// To what a part encloses a level line leads there and back, so that no outline holds more or less than its pixels: filled,
/// it gives them again.
package struct SegmentOutlines {
    /// Polygons `x, y, x, y ...` by the numbers of segments.
    package private(set) var polygons: [UInt32: [[Double]]] = [:]

    /// Outlines of more corners than this, as noise has them, are of no use, and would fill the memory.
    private static let mostCorners = 1 << 22

    private struct Loop {
        /// The first corner; the others follow it.
        var first: Int
        var count: Int
        /// Of the leftmost corners the highest.
        var corner: Int
        var isHole: Bool
    }

    private let width: Int
    private let height: Int
    private let numbers: UnsafeBufferPointer<UInt32>
    private var corners: [(x: Int32, y: Int32)] = []
    /// Which corner follows each.
    private var next: [Int32] = []

    /// - Parameters:
    ///   - numbers: Of the pixels, row by row.
    ///   - wanted: The numbers of segments.
    /// - Returns: Nil when there are too many corners.
    package init?(_ numbers: UnsafeBufferPointer<UInt32>, width: Int, wanted: Set<UInt32>) {
        (self.numbers, self.width, height) = (numbers, width, numbers.count / width)
        var loops: [UInt32: [Loop]] = [:]
        var isPassed = [Bool](repeating: false, count: numbers.count)
        for row in 0..<height {
            for column in 0..<width {
                let place = row * width + column
                let number = numbers[place]
                // Every outline has an upper edge of a pixel somewhere.
                guard number != 0, !isPassed[place], row == 0 || numbers[place - width] != number,
                    wanted.contains(number)
                else { continue }
                guard let loop = trace(number, column: column, row: row, &isPassed) else { return nil }
                loops[number, default: []].append(loop)
            }
        }
        for (number, loops) in loops {
            join(loops, of: number)
            polygons[number] = loops.filter { !$0.isHole }.map(polygon)
        }
    }

    private func holds(_ number: UInt32, _ column: Int, _ row: Int) -> Bool {
        (0..<width).contains(column) && (0..<height).contains(row) && numbers[row * width + column] == number
    }

    /// Follows an outline from the left end of a pixel's upper edge on.
    private mutating func trace(_ number: UInt32, column: Int, row: Int, _ isPassed: inout [Bool]) -> Loop? {
        var loop = Loop(first: corners.count, count: 0, corner: corners.count, isHole: false)
        var (x, y, direction, area) = (column, row, 0, 0)
        repeat {
            guard corners.count < Self.mostCorners else { return nil }
            corners.append((Int32(x), Int32(y)))
            if corners[corners.count - 1] < corners[loop.corner] { loop.corner = corners.count - 1 }
            loop.count += 1
            let (fromX, fromY) = (x, y)
            // Straight on as long as the segment is on the right, and not on the left.
            var ahead = (right: true, left: false)
            while ahead.right, !ahead.left {
                switch direction {
                case 0:
                    isPassed[y * width + x] = true
                    x += 1
                    ahead = (holds(number, x, y), holds(number, x, y - 1))
                case 1:
                    y += 1
                    ahead = (holds(number, x - 1, y), holds(number, x, y))
                case 2:
                    x -= 1
                    ahead = (holds(number, x - 1, y - 1), holds(number, x - 1, y))
                default:
                    y -= 1
                    ahead = (holds(number, x, y - 1), holds(number, x - 1, y - 1))
                }
            }
            direction = (direction + (ahead.right ? 3 : 1)) & 3
            area += fromX * y - x * fromY
        } while (x, y, direction) != (column, row, 0)
        loop.isHole = area < 0
        for corner in loop.first..<corners.count { next.append(Int32(corner + 1)) }
        next[corners.count - 1] = Int32(loop.first)
        return loop
    }

    /// Leads a line to each hole from what lies left of it.
    private mutating func join(_ loops: [Loop], of number: UInt32) {
        guard loops.contains(where: \.isHole) else { return }
        // Where each upward edge starts, which has the segment right of it, by the pixels there.
        var starts: [Int: Int] = [:]
        for loop in loops {
            for corner in loop.first..<loop.first + loop.count {
                let (from, to) = (corners[corner], corners[Int(next[corner])])
                guard from.x == to.x, to.y < from.y else { continue }
                for row in Int(to.y)..<Int(from.y) { starts[row * width + Int(from.x)] = corner }
            }
        }
        // Upward edges are left at their lowest line first, so that the highest line is put in first.
        for hole in loops.filter(\.isHole).sorted(by: { corners[$0.corner].y < corners[$1.corner].y }) {
            let (x, y) = corners[hole.corner]
            var column = Int(x) - 1
            while holds(number, column - 1, Int(y)) { column -= 1 }
            guard let start = starts[Int(y) * width + column] else { continue }
            // The edge to the corner is level, so that no line begins on it.
            let before = hole.corner == hole.first ? hole.first + hole.count - 1 : hole.corner - 1
            let first = corners.count
            corners += [(Int32(column), y), (x, y), (Int32(column), y)]
            next += [Int32(hole.corner), Int32(first + 2), next[start]]
            next[before] = Int32(first + 1)
            next[start] = Int32(first)
        }
    }

    private func polygon(_ loop: Loop) -> [Double] {
        var points: [Double] = []
        var (corner, last) = (loop.first, (x: Int32(-1), y: Int32(-1)))
        repeat {
            let point = corners[corner]
            if point != last { points += [Double(point.x), Double(point.y)] }
            (corner, last) = (Int(next[corner]), point)
        } while corner != loop.first
        return points
    }
}
