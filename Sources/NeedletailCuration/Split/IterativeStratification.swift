import NeedletailRandom

/// Shares out units that have several labels each, so that every part gets its share of every label.
///
/// Sechidis, Tsoumakas and Vlahavas, "On the Stratification of Multi-Label Data", 2011: the rarest label first, each
/// of its units to the part that lacks it most. Here a unit may be a group that has a label several times; the largest
/// come first, while there is still room for them.
enum IterativeStratification {
    struct Unit {
        /// How many images it has.
        var size: Int
        /// How many of them have each label.
        var counts: [Int: Int]
    }

    /// - Parameter shares: Of the parts, with sum 1.
    /// - Returns: The part of each unit.
    static func assign(_ units: [Unit], shares: [Double], seed: UInt64) -> [Int] {
        var random = RandomStream(seed: seed, name: "split")
        let order = random.permutation(of: units.count)
        var state = State(units, shares: shares)
        var byLabel: [Int: [Int]] = [:]
        for unit in order {
            for label in units[unit].counts.keys { byLabel[label, default: []].append(unit) }
        }
        while let label = state.rarestLabel {
            let waiting = (byLabel[label] ?? []).filter { state.parts[$0] == nil }
            // A stable order: equal ones stay as they were drawn.
            let largestFirst = waiting.enumerated().sorted {
                let (left, right) = (units[$0.element].counts[label] ?? 0, units[$1.element].counts[label] ?? 0)
                return left == right ? $0.offset < $1.offset : left > right
            }
            for (_, unit) in largestFirst { state.assign(unit, for: label, &random) }
            state.close(label)
        }
        let unlabelled = order.filter { state.parts[$0] == nil }
        for unit in unlabelled.enumerated().sorted(by: {
            let (left, right) = (units[$0.element].size, units[$1.element].size)
            return left == right ? $0.offset < $1.offset : left > right
        }).map(\.element) {
            state.assign(unit, for: nil, &random)
        }
        return state.parts.map { $0 ?? 0 }
    }

    /// What each part still lacks.
    private struct State {
        let units: [Unit]
        var parts: [Int?]
        /// Images.
        var room: [Double]
        /// By label, images with it.
        var wanted: [Int: [Double]]
        /// By label, images with it that are not assigned.
        var left: [Int: Int]

        init(_ units: [Unit], shares: [Double]) {
            self.units = units
            parts = units.map { _ in nil }
            let total = Double(units.reduce(0) { $0 + $1.size })
            room = shares.map { $0 * total }
            left = units.reduce(into: [:]) { $0.merge($1.counts, uniquingKeysWith: +) }
            wanted = left.mapValues { count in shares.map { $0 * Double(count) } }
        }

        var rarestLabel: Int? {
            left.min { ($0.value, $0.key) < ($1.value, $1.key) }?.key
        }

        mutating func close(_ label: Int) { left[label] = nil }

        mutating func assign(_ unit: Int, for label: Int?, _ random: inout RandomStream) {
            let lack = label.flatMap { wanted[$0] } ?? room
            let most = lack.max() ?? 0
            var candidates = lack.indices.filter { lack[$0] >= most - 1e-9 }
            let roomiest = candidates.map { room[$0] }.max() ?? 0
            candidates = candidates.filter { room[$0] >= roomiest - 1e-9 }
            let part = candidates[Int(random.next() % UInt64(candidates.count))]
            parts[unit] = part
            room[part] -= Double(units[unit].size)
            for (label, count) in units[unit].counts {
                wanted[label]?[part] -= Double(count)
                if let before = left[label] { left[label] = before - count }
            }
        }
    }
}
