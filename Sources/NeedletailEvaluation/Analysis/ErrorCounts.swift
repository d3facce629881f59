/// How many errors there are of each kind.
struct ErrorCounts {
    private var counts = SIMD8<Int>()

    subscript(kind: ErrorKind) -> Int {
        get { counts[Self.lane(kind)] }
        set { counts[Self.lane(kind)] = newValue }
    }

    mutating func add(_ outcome: ImageAssignment.Outcome) {
        if case .error(let kind) = outcome { counts[Self.lane(kind)] += 1 }
    }

    mutating func add(_ other: ErrorCounts) { counts &+= other.counts }

    /// Those there are any of.
    var byKind: [ErrorKind: Int] {
        var values: [ErrorKind: Int] = [:]
        for kind in ErrorKind.allCases where self[kind] > 0 { values[kind] = self[kind] }
        return values
    }

    private static func lane(_ kind: ErrorKind) -> Int {
        switch kind {
        case .classification: 0
        case .localization: 1
        case .both: 2
        case .duplicate: 3
        case .background: 4
        case .missed: 5
        }
    }
}
