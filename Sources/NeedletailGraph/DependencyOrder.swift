/// Things in an order in which each stands behind what it depends on, and otherwise as they are.
package struct DependencyOrder {
    /// The places of the things, in that order.
    package var places: [Int] = []
    /// The first that depends on itself, through others; nil when there is none and all have their place.
    package var cycle: Int?

    /// - Parameter dependencies: Of each thing the places of those that it depends on.
    package init(of dependencies: [Set<Int>]) {
        var missing = dependencies.map(\.count)
        var dependents = [[Int]](repeating: [], count: dependencies.count)
        for (place, others) in dependencies.enumerated() {
            for other in others { dependents[other].append(place) }
        }
        var ready = Array(missing.indices.filter { missing[$0] == 0 }.reversed())
        while let next = ready.popLast() {
            places.append(next)
            for dependent in dependents[next].reversed() {
                missing[dependent] -= 1
                if missing[dependent] == 0 { ready.append(dependent) }
            }
        }
        cycle = missing.firstIndex { $0 > 0 }
    }
}
