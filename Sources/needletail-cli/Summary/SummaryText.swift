import Needletail

/// A summary for people.
struct SummaryText {
    let document: SummaryDocument

    var text: String { "\(heading)\n\n\(Table.text(rows, leftColumns: 2))\n\n\(sums.joined(separator: "\n"))" }

    var heading: String {
        "\(document.model), input \(document.inputShape[1])x\(document.inputShape[2])"
    }

    static let columns = ["layer", "operator", "output", "parameters", "multiply-adds", "sees", "stride", "memory"]

    var rows: [[String]] {
        [Self.columns]
            + document.layers.map { layer in
                [
                    layer.name, Self.short(layer.operation),
                    layer.outputShape.dropFirst().map(String.init).joined(separator: "x"), parameters(layer),
                    layer.multiplyAdds > 0 ? Self.large(Double(layer.multiplyAdds)) : "",
                    layer.receptiveField.map { Self.pair($0.height, $0.width) } ?? "",
                    layer.receptiveField.map { Self.pair($0.strideHeight, $0.strideWidth) } ?? "",
                    Self.bytes(layer.byteCount),
                ]
            }
    }

    var sums: [String] {
        let statistics =
            document.statisticCount > 0 ? ", \(document.statisticCount) of them statistics that are not trained" : ""
        var lines = [
            "\(document.weightCount + document.statisticCount) parameters\(statistics), "
                + "\(Self.bytes(document.parameterBytes))",
            "\(Self.large(Double(document.multiplyAdds))) multiply-adds",
            "\(Self.bytes(document.outputBytes)) of outputs; inference takes \(Self.bytes(document.inferenceBytes)), "
                + "as outputs make way for one another",
        ]
        if let layers = document.trainableLayers, let count = document.trainedCount, let share = document.trainedShare {
            lines.append(
                "with \(layers) \(layers == 1 ? "layer" : "layers") of the backbone trained, \(count) parameters change: "
                    + "\(Progress.decimal(share * 100)) % of the weights")
        }
        return lines
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
        func text(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : Table.number(value) }
        return height == width ? text(height) : "\(text(height))x\(text(width))"
    }

    /// `1.81 G`, `118 M`, `4608`.
    private static func large(_ value: Double) -> String {
        for (unit, scale) in [("G", 1e9), ("M", 1e6), ("k", 1e3)] where value >= scale * 0.9995 {
            return "\(threeDigits(value / scale)) \(unit)"
        }
        return "\(Int(value))"
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
        return digits == 1 ? "\(Int(rounded))" : "\(rounded)"
    }
}
