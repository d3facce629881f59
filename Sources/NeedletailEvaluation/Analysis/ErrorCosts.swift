/// Mean AP as it is and after mending, from the APs of the classes.
struct ErrorCosts {
    private let means: [ClassErrors.Mending: Double]

    /// - Parameter classes: AP by mending of every class, `nil` where it does not count.
    init(_ classes: some Sequence<[ClassErrors.Mending: Double?]>) {
        var sums: [ClassErrors.Mending: (sum: Double, count: Int)] = [:]
        for averages in classes {
            for (mending, average) in averages {
                guard let average else { continue }
                let before = sums[mending] ?? (0, 0)
                sums[mending] = (before.sum + average, before.count + 1)
            }
        }
        means = sums.mapValues { $0.sum / Double($0.count) }
    }

    func averagePrecision(mending: ClassErrors.Mending) -> Double { means[mending] ?? 0 }

    /// What an error costs.
    func cost(of mending: ClassErrors.Mending) -> Double {
        averagePrecision(mending: mending) - averagePrecision(mending: .nothing)
    }
}
