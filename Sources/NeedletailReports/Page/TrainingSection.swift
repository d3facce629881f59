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
                figure("Loss over epochs", "Loss", losses, lossCaption, to: &pair)
                if let best = history.best, let decisive = best.metrics.first {
                    let names = best.metrics.map(\.name)
                    figure(
                        decisive.name == "AP" ? "Precision over epochs" : "Validation over epochs",
                        decisive.name == "AP" ? "Precision" : "Share",
                        names.enumerated().map { place, name in
                            (name, { $0.metrics.indices.contains(place) ? $0.metrics[place].value : nil })
                        },
                        "On the validation images. The numbers in this page are those of epoch \(best.number), the best.",
                        mark: (Double(best.number), decisive.value, "epoch \(best.number)"), to: &pair)
                }
                if hasFalseAlarms {
                    figure(
                        "False alarms over epochs", "False alarms an image", [("False alarms", \.falseAlarms)],
                        "In images in which there is nothing to be found, from the scores at which F1 was highest.",
                        to: &pair)
                }
                figure(
                    "Learning rate over epochs", "Learning rate", [("Learning rate", { $0.learningRate })],
                    "In the last step of an epoch.", to: &pair)
            }
            table(to: &section)
        }
    }

    /// The losses that there are: all together, each term where there are several, and that of validation.
    private var losses: [(name: String, value: (TrainingHistory.Epoch) -> Double?)] {
        let terms = history.epochs[0].losses.map(\.name)
        var losses: [(name: String, value: (TrainingHistory.Epoch) -> Double?)] = [
            (terms.count > 1 ? "Together" : "Training", { $0.loss })
        ]
        if history.epochs.contains(where: { $0.validationLoss != nil }) {
            losses.append((terms.count > 1 ? "Validation, together" : "Validation", \.validationLoss))
        }
        if terms.count > 1 {
            losses += terms.enumerated().map { place, name in
                (name, { $0.losses.indices.contains(place) ? $0.losses[place].value : nil })
            }
        }
        return losses
    }

    private var lossCaption: String {
        let usual = "Mean over the steps of an epoch."
        guard let turn = history.lossTurn else { return usual }
        return usual
            + " On the validation images the loss was lowest after epoch \(turn.epoch) (\(turn.lowest.fixed(4))) and is "
            + "\(turn.latest.fixed(4)) by the last, while that of training fell on: from there the training images are learnt by "
            + "heart. More images, more augmentation or fewer epochs help."
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

    private var hasFalseAlarms: Bool { history.epochs.contains { $0.falseAlarms != nil } }

    private var metricNames: [String] { history.epochs.first { !$0.metrics.isEmpty }?.metrics.map(\.name) ?? [] }

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
                            let first = history.epochs[0]
                            for name in ["Epoch"] + first.losses.map({ "\($0.name) loss" }) + [
                                "Validation loss", "Learning rate",
                            ]
                                + metricNames + (hasFalseAlarms ? ["False alarms an image"] : [])
                            { row.element("th", ["scope": "col"], name) }
                        }
                    }
                    table.element("tbody") { body in
                        for epoch in history.epochs {
                            body.element("tr") { cells in
                                cells.element("th", ["scope": "row"], "\(epoch.number)")
                                for loss in epoch.losses { cells.element("td", loss.value.fixed(4)) }
                                cells.element("td", epoch.validationLoss?.fixed(4) ?? "")
                                cells.element("td", "\(Float(epoch.learningRate))")
                                for place in metricNames.indices {
                                    let metric = epoch.metrics.indices.contains(place) ? epoch.metrics[place] : nil
                                    cells.element("td", metric?.value.fixed(3) ?? "")
                                }
                                if hasFalseAlarms { cells.element("td", epoch.falseAlarms?.fixed(3) ?? "") }
                            }
                        }
                    }
                }
            }
        }
    }
}
