/// The rows of an ``AssignmentTable`` that count, by class and in it in order of rows.
struct ClassBuckets {
    /// Class `k` owns the places `starts[k] ..< starts[k + 1]`.
    private let starts: [Int]
    /// A row, or its complement where it is a guest of the class; see ``ClassErrors/Entry/isGuest``.
    private let places: [Int32]

    init(_ table: AssignmentTable, records: EvaluationRecords, categoryCount: Int) {
        func forEachPlace(_ body: (_ class: Int, _ place: Int32) -> Void) {
            for (index, row) in table.rows.enumerated() where row.outcome != .ignored {
                let place = Int32(truncatingIfNeeded: index)
                body(categoryCount == 1 ? 0 : Int(records.detectionCategories[Int(row.record)]), place)
                if row.isMender, row.outcome == .error(.classification), let truth = row.truth {
                    body(Int(records.groundTruthCategories[truth]), ~place)
                }
            }
        }
        var counts = [Int](repeating: 0, count: categoryCount)
        forEachPlace { k, _ in counts[k] += 1 }
        let starts = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        places = [Int32](unsafeUninitializedCapacity: starts[categoryCount]) { places, initialized in
            var next = starts
            forEachPlace { k, place in
                places.initializeElement(at: next[k], to: place)
                next[k] += 1
            }
            initialized = starts[categoryCount]
        }
        self.starts = starts
    }

    func entries(ofClass k: Int, table: AssignmentTable, records: EvaluationRecords) -> [ClassErrors.Entry] {
        places[starts[k]..<starts[k + 1]].map { place in
            let index = place < 0 ? ~place : place
            let row = table.rows[Int(index)]
            return ClassErrors.Entry(
                key: DescendingOrder.key(records.detections[Int(row.record)].score), row: index,
                outcome: row.outcome, isMender: row.isMender, isGuest: place < 0)
        }
    }
}
