import NeedletailCharts
import Testing

@Suite struct AxisTicksTests {
    /// Worked out by hand: the step is the 1, 2 or 5 times a power of ten nearest to a fifth of the range.
    @Test(arguments: [
        (0.0...1.79, ["0", "0.5", "1.0", "1.5", "2.0"]),
        (0.0...1.0, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0.0...0.0025, ["0", "0.0005", "0.0010", "0.0015", "0.0020", "0.0025"]),
        (0.0...2.5e-7, ["0", "5e-8", "1e-7", "15e-8", "2e-7", "25e-8"]),
        (0.0...4.2e7, ["0", "1e7", "2e7", "3e7", "4e7", "5e7"]),
        (0.0...930.0, ["0", "200", "400", "600", "800", "1000"]),
        (-3.0...11.0, ["-4", "-2", "0", "2", "4", "6", "8", "10", "12"]),
    ])
    func roundNumbersCoverTheRange(range: ClosedRange<Double>, labels: [String]) {
        let ticks = AxisTicks(over: range)
        #expect(ticks.labels == labels)
        #expect(ticks.values == labels.compactMap(Double.init))
        #expect(ticks.range.lowerBound <= range.lowerBound && ticks.range.upperBound >= range.upperBound)
    }

    @Test func wholeNumbersWithinTheRange() {
        #expect(AxisTicks(over: 1...3, count: 8, extends: false, areWhole: true).labels == ["1", "2", "3"])
        #expect(
            AxisTicks(over: 1...12, count: 8, extends: false, areWhole: true).labels
                == (1...12).map { "\($0)" })
        #expect(
            AxisTicks(over: 1...100, count: 8, extends: false, areWhole: true).labels
                == ["10", "20", "30", "40", "50", "60", "70", "80", "90", "100"])
    }
}
