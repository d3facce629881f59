/// One class with all its images matched, ready for its curves to be read off.
///
/// Only the detections that can match at all are kept apart, the few that decide; the others are false positives
/// wherever their size is inside the range, and counting those that stand before a match is enough.
struct MatchedClass {
    let sorted: SortedClass
    /// Where the detections that can match stand in score order, ascending.
    let positions: [Int32]
    /// `[A, T, count]` bytes of ``MatchOutcome``.
    private let outcomes: [UInt8]
    private let thresholdCount: Int

    init(_ sorted: SortedClass, results: ArraySlice<MatchJob.Result>, rules: MatchRules) {
        self.sorted = sorted
        thresholdCount = rules.iouThresholds.count
        let width = rules.areaLowers.count * thresholdCount
        var place = [Int32](repeating: -1, count: sorted.scores.count)
        var count = 0
        for result in results {
            for slot in result.slots {
                place[Int(sorted.positions[Int(slot)])] = Int32(count)
                count += 1
            }
        }
        var positions: [Int32] = []
        positions.reserveCapacity(count)
        for (position, row) in place.enumerated() where row >= 0 {
            place[position] = Int32(positions.count)
            positions.append(Int32(position))
        }
        self.positions = positions
        outcomes = [UInt8](unsafeUninitializedCapacity: count * width) { outcomes, initialized in
            for result in results {
                for (row, slot) in result.slots.enumerated() {
                    let target = Int(place[Int(sorted.positions[Int(slot)])])
                    for column in 0..<width {
                        outcomes[column * count + target] = result.outcomes[row * width + column]
                    }
                }
            }
            initialized = count * width
        }
    }

    /// What the detections of ``positions`` become.
    func outcomes(area: Int, threshold: Int) -> ArraySlice<UInt8> {
        let start = (area * thresholdCount + threshold) * positions.count
        return outcomes[start..<(start + positions.count)]
    }
}
