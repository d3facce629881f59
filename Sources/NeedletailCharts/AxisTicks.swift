import NeedletailPlatform

/// Round numbers along an axis: multiples of 1, 2 or 5 times a power of ten.
package struct AxisTicks: Sendable {
    /// The step is `factor` · 10^`exponent`.
    private let factor: Int
    private let exponent: Int
    private let multiples: ClosedRange<Int>

    /// - Parameters:
    ///   - range: What the axis shows; it has finite ends.
    ///   - count: About how many ticks there are to be.
    ///   - extends: Whether the ticks go on to the first beyond either end of the range, or stay within it.
    ///   - areWhole: Whether there are no fractions.
    package init(over range: ClosedRange<Double>, count: Int = 5, extends: Bool = true, areWhole: Bool = false) {
        // Within what can be divided by a step and counted.
        let (lower, upper) = (max(range.lowerBound, -1e300), min(range.upperBound, 1e300))
        let width = max(upper - lower, max(abs(lower), abs(upper)) * 1e-12, 1e-30)
        let rough = width / Double(max(count, 1))
        var exponent = Int(saturating: log10(rough).rounded(.down))
        let share = rough / pow(10, Double(exponent))
        var factor = share <= 1.5 ? 1 : share <= 3.5 ? 2 : share <= 7.5 ? 5 : 10
        if factor == 10 {
            factor = 1
            exponent += 1
        }
        if areWhole, exponent < 0 { (factor, exponent) = (1, 0) }
        self.factor = factor
        self.exponent = exponent
        let step = Self.value(factor, exponent)
        // A part in a million is rounding, not another tick.
        let low = lower / step, high = upper / step
        let first = extends ? (low + 1e-6).rounded(.down) : (low - 1e-6).rounded(.up)
        let last = extends ? (high - 1e-6).rounded(.up) : (high + 1e-6).rounded(.down)
        multiples = Int(saturating: first)...max(Int(saturating: first), Int(saturating: last))
    }

    private static func value(_ count: Int, _ exponent: Int) -> Double {
        exponent < 0 ? Double(count) / pow(10, Double(-exponent)) : Double(count) * pow(10, Double(exponent))
    }

    /// Ascending.
    package var values: [Double] { multiples.map { Self.value($0 * factor, exponent) } }

    /// From the first tick to the last.
    package var range: ClosedRange<Double> {
        let (low, high) = (
            Self.value(multiples.lowerBound * factor, exponent), Self.value(multiples.upperBound * factor, exponent)
        )
        return low...max(low, high)
    }

    /// The numbers as they are written, in the order of ``values``: `0.25`, `1500`, `2e-7`.
    package var labels: [String] { multiples.map { label($0 * factor) } }

    private func label(_ count: Int) -> String {
        if count == 0 { return "0" }
        if exponent < -5 || exponent > 5 {
            var (count, exponent) = (count, exponent)
            while count % 10 == 0 { (count, exponent) = (count / 10, exponent + 1) }
            return "\(count)e\(exponent)"
        }
        if exponent >= 0 { return "\(count)" + String(repeating: "0", count: exponent) }
        let digits = String(abs(count))
        let padded = String(repeating: "0", count: max(0, 1 - exponent - digits.count)) + digits
        return "\(count < 0 ? "-" : "")\(padded.dropLast(-exponent)).\(padded.suffix(-exponent))"
    }
}
