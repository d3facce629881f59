/// The scores of true and false positives, each sorted, as one descending sequence.
struct MergedScores: Sequence {
    /// Ascending ``DescendingOrder/key(_:)``s.
    let truths: [UInt64]
    let alarms: [UInt64]

    func makeIterator() -> Iterator { Iterator(scores: self) }

    struct Iterator: IteratorProtocol {
        private let scores: MergedScores
        private var nextTruth = 0
        private var nextAlarm = 0

        init(scores: MergedScores) { self.scores = scores }

        mutating func next() -> (score: Double, isTrue: Bool)? {
            let truth = nextTruth < scores.truths.count ? scores.truths[nextTruth] : nil
            let alarm = nextAlarm < scores.alarms.count ? scores.alarms[nextAlarm] : nil
            if let truth, alarm.map({ truth <= $0 }) ?? true {
                nextTruth += 1
                return (DescendingOrder.score(truth), true)
            }
            nextAlarm += 1
            return alarm.map { (DescendingOrder.score($0), false) }
        }
    }
}
