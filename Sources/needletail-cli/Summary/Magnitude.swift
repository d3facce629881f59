import ArgumentParser

/// A number that may be large: `1e6`, `12T`, `0.15 T`.
struct Magnitude: ExpressibleByArgument {
    let value: Double

    private static let units: [Character: Double] = ["k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18]

    init?(argument: String) {
        var digits = Substring(argument)
        var unit = 1.0
        if let last = digits.last, let known = Self.units[last] {
            unit = known
            digits = digits.dropLast()
            while digits.last == " " { digits = digits.dropLast() }
        }
        guard let number = Double(digits), number > 0, (number * unit).isFinite, number * unit <= 1e30 else {
            return nil
        }
        value = number * unit
    }
}

/// Several of them, with commas between.
struct MagnitudeList: ExpressibleByArgument {
    let values: [Double]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
            .map { Magnitude(argument: String($0))?.value }
        let values = parts.compactMap { $0 }
        guard values.count == parts.count else { return nil }
        self.values = values
    }
}
