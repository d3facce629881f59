import NeedletailCharts
import NeedletailImages

/// A run's epochs as four charts.
struct CurvesPicture {
    let records: [EpochRecord]

    private static let (width, height) = (620, 360)

    var image: Image {
        let isValidated = records.contains { $0.averagePrecision != nil }
        var charts = [
            chart(
                "Loss on the training images",
                ("together", { Double($0.loss) }),
                ("classification", { $0.loss("classification").map { Double($0) } }),
                ("boxes", { $0.loss("box").map { Double($0) } }))
        ]
        if isValidated {
            charts.append(
                chart(
                    "Precision on the validation images", ("AP", \.averagePrecision), ("AP50", \.averagePrecision50),
                    ("AP75", \.averagePrecision75)))
        }
        charts.append(chart("Learning rate at the end of the epoch", ("learning rate", { Double($0.learningRate) })))
        let seconds: [(String, (EpochRecord) -> Double?)] = [
            ("training", \.trainingSeconds), ("validation", { isValidated ? $0.validationSeconds : nil }),
        ]
        charts.append(chart("Seconds", seconds[0], seconds[1]))
        let rows = (charts.count + 1) / 2
        var sheet = Image(width: 2 * Self.width, height: rows * Self.height, filledWith: .white)
        for (index, chart) in charts.enumerated() {
            let picture = chart.image(width: Self.width, height: Self.height)
            sheet.place(picture, x: index % 2 * Self.width, y: index / 2 * Self.height, within: sheet.frame)
        }
        return sheet
    }

    private func chart(_ title: String, _ lines: (name: String, value: (EpochRecord) -> Double?)...) -> LinePlot {
        let series = zip(lines, LinePlot.colors).map { line, color in
            LinePlot.Series(
                name: line.name, color: color,
                points: records.compactMap { record in line.value(record).map { (Double(record.epoch), $0) } })
        }
        return LinePlot(
            title: title, xLabel: "epoch", series: series.filter { !$0.points.isEmpty },
            xRange: 1...max(Double(records.count), 2))
    }
}
