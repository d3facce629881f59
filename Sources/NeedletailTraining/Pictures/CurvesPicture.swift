import NeedletailCharts
import NeedletailImages

/// A run's epochs as four charts.
struct CurvesPicture {
    let records: [EpochRecord]

    private static let (width, height) = (620, 360)

    var image: Image {
        let isValidated = records.contains { !$0.metrics.isEmpty }
        let terms = records.first?.losses ?? []
        var losses: [(name: String, value: (EpochRecord) -> Double?)] = [
            (terms.count > 1 ? "together" : "training images", { Double($0.loss) })
        ]
        if terms.count > 1 {
            losses += terms.map { term in (term.title, { $0.loss(term.name).map { Double($0) } }) }
        }
        let hasValidationLoss = records.contains { $0.validationLoss != nil }
        if hasValidationLoss {
            losses.append(
                (
                    terms.count > 1 ? "validation images, together" : "validation images",
                    { $0.validationLoss.map { Double($0) } }
                ))
        }
        var charts = [
            chart(
                hasValidationLoss ? "Loss on the training and validation images" : "Loss on the training images", losses
            )
        ]
        if isValidated {
            let measured = records.first { !$0.metrics.isEmpty }?.metrics.map(\.name) ?? []
            let names = measured.filter { $0 != FalseAlarms.metric }
            let isDetection = names.first?.key == "averagePrecision"
            charts.append(
                chart(
                    isDetection ? "Precision on the validation images" : "On the validation images",
                    names.map { name in (name.title, { $0.metric(name.key) }) }))
        }
        if records.contains(where: { $0.metric(FalseAlarms.metric.key) != nil }) {
            charts.append(
                chart(
                    "False alarms in an image without objects",
                    [("false alarms", { $0.metric(FalseAlarms.metric.key) })]))
        }
        charts.append(chart("Learning rate at the end of the epoch", [("learning rate", { Double($0.learningRate) })]))
        let seconds: [(name: String, value: (EpochRecord) -> Double?)] = [
            ("training", \.trainingSeconds), ("validation", { isValidated ? $0.validationSeconds : nil }),
        ]
        charts.append(chart("Seconds", seconds))
        let rows = (charts.count + 1) / 2
        var sheet = Image(width: 2 * Self.width, height: rows * Self.height, filledWith: .white)
        for (index, chart) in charts.enumerated() {
            let picture = chart.image(width: Self.width, height: Self.height)
            sheet.place(picture, x: index % 2 * Self.width, y: index / 2 * Self.height, within: sheet.frame)
        }
        return sheet
    }

    private func chart(_ title: String, _ lines: [(name: String, value: (EpochRecord) -> Double?)]) -> LinePlot {
        let series = lines.enumerated().map { index, line in
            LinePlot.Series(
                name: line.name, color: LinePlot.colors[index % LinePlot.colors.count],
                points: records.compactMap { record in line.value(record).map { (Double(record.epoch), $0) } })
        }
        return LinePlot(
            title: title, xLabel: "epoch", series: series.filter { !$0.points.isEmpty },
            xRange: 1...max(Double(records.count), 2))
    }
}
