/// Where many numbers lie.
public struct Distribution: Codable, Hashable, Sendable {
    public var count: Int
    public var minimum: Double
    public var median: Double
    public var mean: Double
    public var maximum: Double

    /// All zero for no numbers. The median of an even count is the mean of the two in the middle.
    init(_ values: [Double]) {
        let sorted = values.sorted()
        count = sorted.count
        minimum = sorted.first ?? 0
        maximum = sorted.last ?? 0
        mean = sorted.isEmpty ? 0 : sorted.reduce(0, +) / Double(sorted.count)
        let middle = sorted.count / 2
        median = sorted.isEmpty ? 0 : sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

/// How many numbers lie between edges.
public struct Histogram: Codable, Hashable, Sendable {
    /// Ascending; bin `i` holds the numbers from `edges[i]` on and below `edges[i + 1]`, the first and the last bin
    /// also all below and above.
    public var edges: [Double]
    public var counts: [Int]

    init(edges: [Double]) {
        self.edges = edges
        counts = Array(repeating: 0, count: edges.count - 1)
    }

    mutating func add(_ value: Double) {
        guard !value.isNaN else { return }
        var low = 0
        var high = counts.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if edges[middle] <= value { low = middle } else { high = middle - 1 }
        }
        counts[low] += 1
    }
}
