import ArgumentParser
import Needletail

/// Non-maximum suppression of many boxes of one class.
struct SuppressionSuite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nms", abstract: "Time non-maximum suppression of 1,000 to 100,000 boxes.")

    @OptionGroup var options: SuiteOptions

    private static let counts = [1_000, 10_000, 100_000]

    func run() throws {
        var measurements: [Measurement] = []
        for count in Self.counts where options.includes("\(count)") {
            var stream = RandomStream(seed: 11)
            // A wider field for more boxes keeps the crowding of a detector's output.
            let side = 1000 * (Float(count) / 1000).squareRoot()
            let boxes = (0..<count).map { _ in
                let x = stream.nextUnit() * side, y = stream.nextUnit() * side
                return Corners(x, y, x + 20 + stream.nextUnit() * 100, y + 20 + stream.nextUnit() * 100)
            }
            let scores = (0..<count).map { _ in stream.nextUnit() }
            measurements.append(
                Measurement.run("\(count)", seconds: options.seconds) {
                    _ = NonMaximumSuppression.keptIndices(boxes: boxes, scores: scores, threshold: 0.5)
                })
        }
        try options.show(measurements, names: Self.counts.map(String.init))
    }
}
