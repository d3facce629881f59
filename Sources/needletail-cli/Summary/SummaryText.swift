import Needletail
import NeedletailPlatform

/// A summary for people.
struct SummaryText {
    let document: SummaryDocument

    var text: String {
        "\(heading)\n\n\(Table.text(rows, leftColumns: 2))\n\n\(sums.joined(separator: "\n"))"
            + (times.isEmpty ? "" : "\n\n\(Table.text(times))")
    }

    var heading: String {
        "\(document.model), input \(document.inputShape[1])x\(document.inputShape[2])"
    }

    var columns: [String] {
        ["layer", "operator", "output", "parameters", "multiply-adds"] + (hasShares ? ["of standard"] : [])
            + ["sees", "stride", "memory"]
    }

    /// Whether a layer is cheaper than the convolution that it stands for.
    private var hasShares: Bool { document.layers.contains { $0.shareOfStandard != nil } }

    var rows: [[String]] { [columns] + document.layers.map(row(of:)) }

    private func row(of layer: GraphSummary.Layer) -> [String] {
        var cells = [
            layer.name, Self.short(layer.operation),
            layer.outputShape.dropFirst().map(String.init).joined(separator: "x"), parameters(layer),
            layer.multiplyAdds > 0 ? Self.large(Double(layer.multiplyAdds)) : "",
        ]
        if hasShares { cells.append(layer.shareOfStandard.map { "\(Self.threeDigits($0 * 100)) %" } ?? "") }
        cells.append(layer.receptiveField.map { Self.pair($0.height, $0.width) } ?? "")
        cells.append(layer.receptiveField.map { Self.pair($0.strideHeight, $0.strideWidth) } ?? "")
        cells.append(Self.bytes(layer.byteCount))
        return cells
    }

    var sums: [String] {
        let statistics =
            document.statisticCount > 0 ? ", \(document.statisticCount) of them statistics that are not trained" : ""
        var lines = [
            "\(document.weightCount + document.statisticCount) parameters\(statistics), "
                + "\(Self.bytes(document.parameterBytes))",
            "\(Self.large(Double(document.multiplyAdds))) multiply-adds, "
                + "\(Self.large(Double(document.operations))) operations",
            "\(Self.bytes(document.outputBytes)) of outputs; inference takes \(Self.bytes(document.inferenceBytes)), "
                + "as outputs make way for one another",
        ]
        if let layers = document.trainableLayers, let count = document.trainedCount, let share = document.trainedShare {
            lines.append(
                "with \(layers) \(layers == 1 ? "layer" : "layers") of the backbone trained, \(count) parameters change: "
                    + "\(Progress.decimal(share * 100)) % of the weights")
        }
        if let thresholds = document.scoreThresholds {
            lines.append(
                "detections are kept from a score of "
                    + DrawingThresholds.words(thresholds, limit: .max))
        }
        return lines
    }

    /// A row for each speed; none where nobody asks.
    var times: [[String]] {
        guard let samples = document.samples, let times = document.times, !times.isEmpty else { return [] }
        return [["operations a second", "forward, \(Self.large(samples)) samples", "and backward"]]
            + times.map {
                [Self.large($0.speed), Self.duration($0.forwardSeconds), Self.duration($0.trainingSeconds)]
            }
    }

    /// `12.5 ms`, `3.2 s`, `4.1 min`, `5.2 h`, `12 days`, `3.1 years`.
    static func duration(_ seconds: Double) -> String {
        let units: [(name: String, seconds: Double)] = [
            ("years", 365.25 * 86_400), ("days", 86_400), ("h", 3600), ("min", 60), ("s", 1), ("ms", 1e-3),
            ("µs", 1e-6),
        ]
        let unit = units.first { seconds >= $0.seconds * 0.9995 } ?? ("µs", 1e-6)
        return "\(threeDigits(seconds / unit.seconds)) \(unit.name)"
    }

    /// Of which layer the normalisation is, and that a function is one, goes without saying.
    private static func short(_ operation: String) -> String {
        operation.split(separator: " ").map { word in
            word.hasPrefix("normalized=")
                ? "normalized" : word.hasPrefix("activation=") ? word.dropFirst("activation=".count) : word
        }.joined(separator: " ")
    }

    private func parameters(_ layer: GraphSummary.Layer) -> String {
        if layer.sharesParameters { return "shared" }
        let count = layer.weightCount + layer.statisticCount
        return count > 0 ? "\(count)" : ""
    }

    /// One number where both are the same.
    private static func pair(_ height: Double, _ width: Double) -> String {
        func text(_ value: Double) -> String {
            value == value.rounded() ? "\(Int(saturating: value))" : Table.number(value)
        }
        return height == width ? text(height) : "\(text(height))x\(text(width))"
    }

    /// `1.81 G`, `118 M`, `4608`.
    private static func large(_ value: Double) -> String {
        for (unit, scale) in [("P", 1e15), ("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)]
        where value >= scale * 0.9995 {
            return "\(threeDigits(value / scale)) \(unit)"
        }
        return "\(Int(saturating: value))"
    }

    static func bytes(_ count: Int) -> String {
        for (unit, scale) in [("GiB", 1_073_741_824.0), ("MiB", 1_048_576), ("KiB", 1024)]
        where Double(count) >= scale * 0.9995 {
            return "\(threeDigits(Double(count) / scale)) \(unit)"
        }
        return "\(count) B"
    }

    private static func threeDigits(_ value: Double) -> String {
        let digits = value < 9.995 ? 100.0 : value < 99.95 ? 10 : 1
        let rounded = (value * digits).rounded() / digits
        return digits == 1 && rounded < 1e15 ? "\(Int(saturating: rounded))" : "\(rounded)"
    }
}
