/// Turns the outcomes of a class, best score first, into interpolated precision.
///
/// Only true positives can begin a step of the curve, so that it is kept at them alone: the k-th has recall
/// `k / positives` and precision `k / (false positives + k + ε)`.
struct PrecisionSweep {
    private let positives: Double
    private let recallThresholds: [Double]
    private var precisionAtHit: [Double] = []
    /// Where the true positives stand, and how many false ones stand before each; one slot more than detections.
    private var positionOfHit: [Int32] = []
    private var falseAlarmsAtHit: [Int32] = []

    init(positives: Int, recallThresholds: [Double]) {
        self.positives = Double(positives)
        self.recallThresholds = recallThresholds
    }

    /// Fills one row of the table.
    ///
    /// - Parameters:
    ///   - limit: Detections of a higher level are passed over.
    ///   - precisions: Room for as many values as there are recall thresholds, as is `recallScores`.
    /// - Returns: The recall of all detections together.
    mutating func run(
        outcomes: UnsafePointer<UInt8>, levels: UnsafePointer<UInt8>, scores: UnsafePointer<Double>, count: Int,
        limit: UInt8, precisions: UnsafeMutablePointer<Double>, recallScores: UnsafeMutablePointer<Double>
    ) -> Double {
        let missing = count + 1 - positionOfHit.count
        if missing > 0 {
            positionOfHit.append(contentsOf: repeatElement(0, count: missing))
            falseAlarmsAtHit.append(contentsOf: repeatElement(0, count: missing))
        }
        // Without branches, because outcomes are unpredictable: every detection is written where the next hit
        // belongs, and stays there only if it is one.
        var hitCount = 0
        var falseAlarms: Int32 = 0
        positionOfHit.withUnsafeMutableBufferPointer { positions in
            falseAlarmsAtHit.withUnsafeMutableBufferPointer { alarms in
                for i in 0..<count {
                    let counts = levels[i] <= limit
                    positions[hitCount] = Int32(truncatingIfNeeded: i)
                    alarms[hitCount] = falseAlarms
                    hitCount &+= counts && outcomes[i] == MatchTable.Outcome.truePositive ? 1 : 0
                    falseAlarms &+= counts && outcomes[i] == MatchTable.Outcome.falsePositive ? 1 : 0
                }
            }
        }
        precisionAtHit.removeAll(keepingCapacity: true)
        for hit in 0..<hitCount {
            let hits = Double(hit + 1)
            precisionAtHit.append(hits / (Double(falseAlarmsAtHit[hit]) + hits + Double.ulpOfOne))
        }
        for i in stride(from: precisionAtHit.count - 1, to: 0, by: -1)
        where precisionAtHit[i] > precisionAtHit[i - 1] {
            precisionAtHit[i - 1] = precisionAtHit[i]
        }

        var hit = 0
        for (r, threshold) in recallThresholds.enumerated() {
            var precision = 0.0
            var score = 0.0
            if threshold <= 0 {
                // The very first detection reaches a recall of nothing, whatever it is.
                if let first = (0..<count).first(where: { levels[$0] <= limit }) {
                    precision = precisionAtHit.first ?? 0
                    score = scores[first]
                }
            } else {
                while hit < precisionAtHit.count, Double(hit + 1) / positives < threshold { hit += 1 }
                if hit < precisionAtHit.count {
                    precision = precisionAtHit[hit]
                    score = scores[Int(positionOfHit[hit])]
                }
            }
            precisions[r] = precision
            recallScores[r] = score
        }
        return Double(hitCount) / positives
    }

    /// The 101-point average precision of outcomes by descending score.
    static func averagePrecision(_ outcomes: [UInt8], positives: Int) -> Double {
        let recalls = CocoOptions.defaultRecallThresholds
        var sweep = PrecisionSweep(positives: positives, recallThresholds: recalls)
        var precisions = [Double](repeating: 0, count: recalls.count)
        var unused = precisions
        let blank = [UInt8](repeating: 0, count: outcomes.count)
        let scores = [Double](repeating: 0, count: outcomes.count)
        _ = sweep.run(
            outcomes: outcomes, levels: blank, scores: scores, count: outcomes.count, limit: 0,
            precisions: &precisions, recallScores: &unused)
        return precisions.cocoMean
    }
}
