/// The detections of one class by descending score, with what is wrong with each, and the AP they give when a kind of
/// error is mended by the rules of ``ErrorCost``.
struct ClassErrors {
    struct Entry {
        /// ``DescendingOrder/key(_:)`` of the score.
        var key: UInt64
        /// In the ``AssignmentTable``.
        var row: Int32
        var outcome: ImageAssignment.Outcome
        var isMender: Bool
        /// Whether it is of another class and comes in when the classes of menders are set right.
        var isGuest: Bool
    }

    /// What is taken to be otherwise than it is.
    enum Mending: Hashable, CaseIterable {
        case nothing
        case classification, localization, both, duplicate, background, missed
        /// Every false positive is less confident than every true one.
        case falsePositives
        /// Objects that were not found do not count.
        case falseNegatives

        init(_ kind: ErrorKind) {
            self =
                switch kind {
                case .classification: .classification
                case .localization: .localization
                case .both: .both
                case .duplicate: .duplicate
                case .background: .background
                case .missed: .missed
                }
        }
    }

    private let entries: [Entry]
    /// Objects to find.
    private let positives: Int
    /// Of those, missed ones.
    private let missed: Int

    init(unsorted entries: consuming [Entry], positives: Int, missed: Int) {
        entries.withUnsafeMutableBufferPointer { DescendingOrder.sort($0) { $0.key } }
        self.entries = entries
        self.positives = positives
        self.missed = missed
    }

    /// The class's own detections.
    var own: some Sequence<Entry> { entries.lazy.filter { !$0.isGuest } }

    /// Scores, and whether they are of true positives.
    var scores: some Sequence<(score: Double, isTrue: Bool)> {
        own.lazy.map { (DescendingOrder.score($0.key), $0.outcome == .truePositive) }
    }

    /// How many errors there are of each kind.
    var counts: [ErrorKind: Int] {
        var counts = ErrorCounts()
        for entry in own { counts.add(entry.outcome) }
        counts[.missed] = missed
        return counts.byKind
    }

    /// The first of each kind.
    func examples(_ limit: Int) -> [ErrorKind: [Entry]] {
        var examples = Dictionary(uniqueKeysWithValues: ErrorKind.allCases.map { ($0, [Entry]()) })
        var open = Set(ErrorKind.allCases)
        for entry in own {
            guard case .error(let kind) = entry.outcome, open.contains(kind) else { continue }
            if examples[kind, default: []].count < limit { examples[kind, default: []].append(entry) }
            if examples[kind, default: []].count == limit { open.remove(kind) }
            if open == [.missed] { break }
        }
        return examples
    }

    /// The class's AP; `nil` of a class that does not count, for want of objects and of detections.
    func averagePrecision(mending: Mending) -> Double? {
        if positives == 0 { return nil }
        var falseAlarmsAtHit: [Int32] = []
        var falseAlarms: Int32 = 0
        for entry in entries {
            switch judge(entry, mending: mending) {
            case true?: falseAlarmsAtHit.append(falseAlarms)
            case false?: falseAlarms += 1
            case nil: break
            }
        }
        let toFind =
            switch mending {
            case .missed: positives - missed
            case .falseNegatives: falseAlarmsAtHit.count
            default: positives
            }
        if toFind == 0 { return falseAlarms == 0 && falseAlarmsAtHit.isEmpty ? nil : 0 }
        return InterpolatedPrecision.average(falseAlarms: falseAlarmsAtHit, positives: toFind)
    }

    /// Whether an entry is a true positive; `nil` takes it away.
    private func judge(_ entry: Entry, mending: Mending) -> Bool? {
        if entry.isGuest { return mending == .classification ? true : nil }
        guard case .error(let kind) = entry.outcome else { return true }
        if mending == .falsePositives { return nil }
        guard mending == Mending(kind) else { return false }
        return mending == .localization && entry.isMender ? true : nil
    }
}
