import NeedletailPlatform

/// Turns the places of true positives among the detections of a class, best score first, into interpolated precision.
///
/// Only true positives can begin a step of the curve, so that it is kept at them alone: the k-th has recall
/// `k / positives` and precision `k / (false positives + k + ε)`.
struct InterpolatedPrecision {
    private let positives: Double
    private let recallThresholds: [Double]
    private var precisionAtHit: [Double] = []

    init(positives: Int, recallThresholds: [Double]) {
        self.positives = Double(positives)
        self.recallThresholds = recallThresholds
    }

    /// - Parameters:
    ///   - falseAlarms: How many false positives stand before each true one.
    ///   - report: Called for every recall threshold with the precision there and the true positive that reaches it,
    ///     `nil` where none does.
    mutating func read(falseAlarms: UnsafeBufferPointer<Int32>, report: (Int, Double, Int?) -> Void) {
        precisionAtHit.removeAll(keepingCapacity: true)
        for hit in 0..<falseAlarms.count {
            let hits = Double(hit + 1)
            precisionAtHit.append(hits / (Double(falseAlarms[hit]) + hits + Double.ulpOfOne))
        }
        for i in stride(from: precisionAtHit.count - 1, to: 0, by: -1) {
            precisionAtHit[i - 1] = max(precisionAtHit[i - 1], precisionAtHit[i])
        }
        var hit = 0
        for (r, threshold) in recallThresholds.enumerated() {
            // No rounding can lift the recall of a hit two places earlier to the threshold.
            hit = max(hit, Int(saturating: min(threshold * positives, Double(precisionAtHit.count))) - 2)
            while hit < precisionAtHit.count, Double(hit + 1) / positives < threshold { hit += 1 }
            let isReached = hit < precisionAtHit.count
            report(r, isReached ? precisionAtHit[hit] : 0, isReached ? hit : nil)
        }
    }

    /// The 101-point average precision.
    static func average(falseAlarms: [Int32], positives: Int) -> Double {
        let recalls = COCOOptions.defaultRecallThresholds
        var curve = InterpolatedPrecision(positives: positives, recallThresholds: recalls)
        var precisions = [Double](repeating: 0, count: recalls.count)
        falseAlarms.withUnsafeBufferPointer { alarms in
            curve.read(falseAlarms: alarms) { r, precision, _ in precisions[r] = precision }
        }
        return precisions.cocoMean
    }
}
