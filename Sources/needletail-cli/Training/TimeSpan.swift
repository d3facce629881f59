import ArgumentParser

/// A length of time as people write it: `90s`, `30m`, `1h30m`, `2h`.
struct TimeSpan: ExpressibleByArgument {
    let seconds: Double

    init?(argument: String) {
        var total = 0.0, number = "", last = 4.0
        let units: [Character: (seconds: Double, rank: Double)] = ["h": (3600, 3), "m": (60, 2), "s": (1, 1)]
        for character in argument {
            if character.isNumber || character == "." {
                number.append(character)
            } else {
                // Each unit once, the greatest first.
                guard let unit = units[character], unit.rank < last, let count = Double(number) else { return nil }
                total += count * unit.seconds
                last = unit.rank
                number = ""
            }
        }
        guard number.isEmpty, total > 0, total.isFinite else { return nil }
        seconds = total
    }
}
