/// Reads precision and recall of a class off its matching, at one area range and detection limit.
struct PrecisionSweep {
    private let matched: MatchedClass
    private let area: Int
    private let positives: Int
    /// Of each detection that can match: how many false positives would stand before it if nothing had matched, and
    /// whether it is one of them itself.
    private var alarmsBefore: [Int32] = []
    private var isAlarm: [UInt8] = []
    private var isAdmitted: [UInt8] = []
    private var curve: InterpolatedPrecision
    /// Where the true positives stand among those that can match, and the false ones before each; one slot more.
    private var hits: [Int32]
    private var falseAlarms: [Int32]

    init(_ matched: MatchedClass, area: Int, limit: Int, positives: Int, rules: MatchRules) {
        self.matched = matched
        self.area = area
        self.positives = positives
        curve = InterpolatedPrecision(positives: positives, recallThresholds: rules.recallThresholds)
        hits = Array(repeating: 0, count: matched.positions.count + 1)
        falseAlarms = hits
        alarmsBefore.reserveCapacity(matched.positions.count)
        isAlarm.reserveCapacity(matched.positions.count)
        isAdmitted.reserveCapacity(matched.positions.count)

        let (sorted, lower, upper) = (matched.sorted, rules.areaLowers[area], rules.areaUppers[area])
        var count: Int32 = 0
        var place = 0
        for position in matched.positions {
            while true {
                // Without branches, because neither sizes nor levels can be foreseen.
                let size = sorted.areas[place]
                let isBelow = rules.areaUpperIsExclusive ? size < upper : size <= upper
                let isIn = sorted.levels[place] <= limit
                let counts: Int32 = isIn && !(size < lower) && isBelow ? 1 : 0
                place += 1
                if place > Int(position) {
                    alarmsBefore.append(count)
                    isAlarm.append(UInt8(counts))
                    isAdmitted.append(isIn ? 1 : 0)
                    count += counts
                    break
                }
                count += counts
            }
        }
    }

    /// Fills one row of the table.
    ///
    /// - Parameters:
    ///   - precisions: Room for as many values as there are recall thresholds, as is `recallScores`.
    /// - Returns: The recall of all detections together.
    mutating func run(
        threshold: Int, recallThresholds: [Double], precisions: UnsafeMutablePointer<Double>,
        recallScores: UnsafeMutablePointer<Double>
    ) -> Double {
        // Without branches, because outcomes are unpredictable: every detection is written where the next hit
        // belongs, and stays there only if it is one.
        var hitCount = 0
        var removed: Int32 = 0
        matched.outcomes(area: area, threshold: threshold).withUnsafeBufferPointer { outcomes in
            hits.withUnsafeMutableBufferPointer { hits in
                falseAlarms.withUnsafeMutableBufferPointer { falseAlarms in
                    for i in 0..<outcomes.count {
                        hits[hitCount] = Int32(truncatingIfNeeded: i)
                        falseAlarms[hitCount] = alarmsBefore[i] &- removed
                        hitCount &+= outcomes[i] == MatchOutcome.truePositive ? Int(isAdmitted[i]) : 0
                        removed &+= outcomes[i] == MatchOutcome.unmatched ? 0 : Int32(isAlarm[i])
                    }
                }
            }
        }
        let (sorted, positions, places) = (matched.sorted, matched.positions, hits)
        falseAlarms.withUnsafeBufferPointer { alarms in
            curve.read(falseAlarms: .init(rebasing: alarms[..<hitCount])) { r, precision, hit in
                precisions[r] = precision
                if recallThresholds[r] <= 0 {
                    // The very first detection reaches a recall of nothing, whatever it is.
                    recallScores[r] = sorted.scores.first ?? 0
                } else {
                    recallScores[r] = hit.map { sorted.scores[Int(positions[Int(places[$0])])] } ?? 0
                }
            }
        }
        return Double(hitCount) / Double(positives)
    }
}
