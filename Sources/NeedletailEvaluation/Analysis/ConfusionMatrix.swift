/// Which categories are taken for which, with background as the last row and column.
///
/// Of the detections of at least ``confidence`` those that are right by the rule of the metrics come first, so that the
/// diagonal holds the true positives. What is left over, but for crowds, is paired whatever its categories:
/// of all pairs with an IoU of at least the threshold the one of highest IoU is taken, then the next whose
/// detection and object are both free, and so on. On equal IoU a pair of one category goes first, then the
/// higher score, then the earlier detection and object. A detection left over is background taken for an object,
/// unless it lies on a crowd of any category (intersection over its own area at least the threshold) or is beyond the
/// limit of detections: then it does not count. An object left over is taken for background.
public struct ConfusionMatrix: Hashable, Sendable {
    /// By ascending id; row and column `categoryIDs.count` are background.
    public let categoryIDs: [Int]
    public let confidence: Double
    public let iouThreshold: Double
    /// Row by row, rows what is there, columns what was detected; `(K + 1)²` of them.
    public private(set) var counts: [Int]

    public var background: Int { categoryIDs.count }

    /// One thing to count: dense categories, `nil` for background.
    struct Cell {
        var truth: Int32?
        var detected: Int32?
    }

    init(
        categoryIDs: [Int], confidence: Double, iouThreshold: Double, cells: some Sequence<Cell>
    ) {
        self.categoryIDs = categoryIDs
        self.confidence = confidence
        self.iouThreshold = iouThreshold
        counts = Array(repeating: 0, count: (categoryIDs.count + 1) * (categoryIDs.count + 1))
        for cell in cells {
            let row = cell.truth.map(Int.init) ?? background
            let column = cell.detected.map(Int.init) ?? background
            counts[row * (background + 1) + column] += 1
        }
    }

    /// Objects at a row that were taken for a column, by position in ``categoryIDs`` or ``background``.
    public subscript(truth row: Int, detected column: Int) -> Int {
        counts[row * (background + 1) + column]
    }

    /// The counts of a row as shares of its sum; zeros where the row is empty.
    public func rowShares(_ row: Int) -> [Double] {
        let values = counts[(row * (background + 1))..<((row + 1) * (background + 1))]
        let sum = values.reduce(0, +)
        return values.map { sum == 0 ? 0 : Double($0) / Double(sum) }
    }
}
