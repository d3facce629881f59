/// Boxes of falling score in the order of their left sides, so that those that can overlap one lie together.
struct SortedBoxes {
    private struct Entry {
        var box: Corners
        var area: Float
        /// The place by score.
        var rank: Int32
        var isSuppressed = false
    }

    private var entries: [Entry]
    /// Where the box of each rank is in `entries`.
    private var positions: [Int]
    private var greatestWidth = 0.0

    /// - Parameter boxes: By falling score; the place of a box is its rank.
    init(_ boxes: [Corners]) {
        entries = boxes.enumerated().map { Entry(box: $1, area: $1.area, rank: Int32($0)) }
        entries.sort { ($0.box.x1, $0.rank) < ($1.box.x1, $1.rank) }
        positions = [Int](repeating: 0, count: boxes.count)
        for (position, entry) in entries.enumerated() {
            positions[Int(entry.rank)] = position
            greatestWidth = max(greatestWidth, Double(entry.box.x2) - Double(entry.box.x1))
        }
    }

    func isSuppressed(_ rank: Int) -> Bool { entries[positions[rank]].isSuppressed }

    /// Marks the boxes of lower rank whose IoU with the box of a rank is greater than `threshold`.
    mutating func suppressBoxes(overlapping rank: Int, threshold: Double) {
        let own = entries[positions[rank]]
        let reach = Double(own.box.x1) - greatestWidth
        let first = entries.partitioningIndex { Double($0.box.x1) >= reach }
        let end = entries.partitioningIndex { $0.box.x1 >= own.box.x2 }
        guard first < end else { return }
        entries.withUnsafeMutableBufferPointer { entries in
            for index in first..<end where entries[index].rank > own.rank {
                let other = entries[index]
                let corner = pointwiseMax(own.box.vector, other.box.vector)
                let opposite = pointwiseMin(own.box.vector, other.box.vector)
                let sides = opposite.highHalf - corner.lowHalf
                guard sides.x > 0, sides.y > 0 else { continue }
                let intersection = sides.x * sides.y
                if Double(intersection / (own.area + other.area - intersection)) > threshold {
                    entries[index].isSuppressed = true
                }
            }
        }
    }
}

extension Array {
    /// The first index of an array whose element belongs into its second part.
    fileprivate func partitioningIndex(where belongsIntoSecondPart: (Element) -> Bool) -> Int {
        var low = 0, high = count
        while low < high {
            let middle = (low + high) / 2
            if belongsIntoSecondPart(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
