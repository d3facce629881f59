import NeedletailCharts
import NeedletailImages

/// Losses, precision and learning rate over the epochs of a run.
struct TrainingSection {
    let history: TrainingHistory

    func write(to markup: inout Markup) {
        guard !history.epochs.isEmpty else { return }
        markup.element("section", ["aria-labelledby": "training"]) { section in
            section.element("h2", ["id": "training"], "Training")
            section.element("div", ["class": "pair"]) { pair in
                let losses: [(String, (TrainingHistory.Epoch) -> Double?)] = [
                    ("Together", { $0.classificationLoss + $0.boxLoss }), ("Classification", { $0.classificationLoss }),
                    ("Boxes", { $0.boxLoss }),
                ]
                figure("Loss over epochs", "Loss", losses, "Mean over the steps of an epoch.", to: &pair)
                if let best = history.best {
                    figure(
                        "Precision over epochs", "Precision",
                        [
                            ("AP", \.averagePrecision), ("AP50", \.averagePrecision50), ("AP75", \.averagePrecision75),
                        ],
                        "On the validation images. The numbers in this page are those of epoch \(best.number), the best.",
                        mark: (
                            Double(best.number), best.averagePrecision ?? 0, "epoch \(best.number)"
                        ), to: &pair)
                }
                figure(
                    "Learning rate over epochs", "Learning rate", [("Learning rate", { $0.learningRate })],
                    "In the last step of an epoch.", to: &pair)
            }
            table(to: &section)
        }
    }

    private func figure(
        _ title: String, _ yLabel: String, _ lines: [(name: String, value: (TrainingHistory.Epoch) -> Double?)],
        _ caption: String, mark: (x: Double, y: Double, label: String)? = nil, to markup: inout Markup
    ) {
        let series = lines.map { line in
            LineChart.Series(
                name: line.name,
                points: history.epochs.compactMap { epoch in line.value(epoch).map { (Double(epoch.number), $0) } })
        }
        let highest = series.flatMap(\.points).map(\.y).max() ?? 0
        let xRange = 1...max(Double(history.epochs.count), 2)
        let yTicks = AxisTicks(over: 0...(highest > 0 ? highest : 1))
        markup.element("figure") { figure in
            figure.element("h3", title)
            LineChart(
                title: title, xLabel: "Epoch", yLabel: yLabel, series: series, xRange: xRange,
                xTicks: AxisTicks(over: xRange, count: 8, extends: false, areWhole: true), yTicks: yTicks, mark: mark
            ).write(to: &figure)
            figure.element("figcaption") { $0.element("span", ["class": "soft"], caption) }
        }
    }

    private func table(to section: inout Markup) {
        section.element("details") { details in
            details.element("summary", "The values as a table")
            details.element(
                "div",
                ["class": "scroll tall", "tabindex": "0", "role": "region", "aria-label": "Values of the epochs"]
            ) {
                $0.element("table") { table in
                    table.element("thead") {
                        $0.element("tr") { row in
                            for name in [
                                "Epoch", "Classification loss", "Box loss", "Learning rate", "AP", "AP50", "AP75",
                            ] { row.element("th", ["scope": "col"], name) }
                        }
                    }
                    table.element("tbody") { body in
                        for epoch in history.epochs {
                            body.element("tr") { cells in
                                cells.element("th", ["scope": "row"], "\(epoch.number)")
                                cells.element("td", epoch.classificationLoss.fixed(4))
                                cells.element("td", epoch.boxLoss.fixed(4))
                                cells.element("td", "\(Float(epoch.learningRate))")
                                for value in [
                                    epoch.averagePrecision, epoch.averagePrecision50, epoch.averagePrecision75,
                                ] { cells.element("td", value?.fixed(3) ?? "") }
                            }
                        }
                    }
                }
            }
        }
    }
}
