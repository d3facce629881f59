/// The AP after mending a kind of error, by the rules of ``ErrorCost``.
struct ErrorCosts {
    struct Entry {
        var score: Double
        /// Dense category of the detection.
        var category: Int32
        /// `nil` of a true positive.
        var error: ErrorKind?
        /// Index of the object in the evaluation's ground truths.
        var truth: Int32?
    }

    /// By descending score; ignored detections left out.
    private let entries: [Entry]
    private let positives: [Int]
    private let truthCategory: (Int32) -> Int
    private var menders: [Int32: Int] = [:]

    /// - Parameters:
    ///   - positives: Objects to find by dense category.
    ///   - unfound: Objects that no detection found.
    init(entries: [Entry], positives: [Int], unfound: Set<Int32>, truthCategory: @escaping (Int32) -> Int) {
        self.entries = entries
        self.positives = positives
        self.truthCategory = truthCategory
        for (index, entry) in entries.enumerated() {
            guard let truth = entry.truth, entry.error == .localization || entry.error == .classification,
                unfound.contains(truth), menders[truth] == nil
            else { continue }
            menders[truth] = index
        }
    }

    /// AP as it is.
    var averagePrecision: Double { average(positives: positives) { _, entry in entry.error == nil } }

    /// AP with one kind of error mended.
    ///
    /// - Parameter missed: Missed objects by dense category.
    func averagePrecision(mending kind: ErrorKind, missed: [Int]) -> Double {
        if kind == .missed {
            return average(positives: zip(positives, missed).map { $0 - $1 }) { _, entry in entry.error == nil }
        }
        return average(positives: positives) { index, entry in
            guard entry.error == kind else { return entry.error == nil }
            guard let truth = entry.truth, menders[truth] == index else { return nil }
            return true
        }
    }

    /// AP if every false positive were less confident than every true positive.
    var averagePrecisionWithoutFalsePositives: Double {
        average(positives: positives) { _, entry in entry.error == nil ? true : nil }
    }

    /// AP if the objects that were not found did not count.
    var averagePrecisionWithoutFalseNegatives: Double {
        var found = [Int](repeating: 0, count: positives.count)
        for entry in entries where entry.error == nil { found[Int(entry.category)] += 1 }
        return average(positives: found) { _, entry in entry.error == nil }
    }

    /// - Parameter judge: Whether an entry is a true positive; `nil` takes it away.
    private func average(positives: [Int], judge: (Int, Entry) -> Bool?) -> Double {
        var outcomes = [[UInt8]](repeating: [], count: positives.count)
        for (index, entry) in entries.enumerated() {
            guard let isTrue = judge(index, entry) else { continue }
            let category = isTrue ? entry.truth.map(truthCategory) ?? Int(entry.category) : Int(entry.category)
            outcomes[category].append(isTrue ? MatchTable.Outcome.truePositive : MatchTable.Outcome.falsePositive)
        }
        var sum = 0.0
        var count = 0
        for k in positives.indices where self.positives[k] > 0 {
            if positives[k] > 0 {
                sum += PrecisionSweep.averagePrecision(outcomes[k], positives: positives[k])
                count += 1
            } else if !outcomes[k].isEmpty {
                count += 1
            }
        }
        return count == 0 ? 0 : sum / Double(count)
    }
}
