import NeedletailEvaluation

/// How far confidence can be taken at its word.
struct CalibrationSection {
    let metrics: ClassificationMetrics

    func write(to markup: inout Markup) {
        let bins = metrics.reliability.filter { $0.count > 0 }
        guard !bins.isEmpty else { return }
        markup.element("section", ["aria-labelledby": "calibration"]) { section in
            section.element("h2", ["id": "calibration"], "Calibration")
            section.element(
                "p", ["class": "soft"],
                "Of what is said with a confidence of 0.8 four fifths should be right. The expected calibration error, "
                    + "\(metrics.expectedCalibrationError.fixed(4)), is the mean distance from that over "
                    + "\(ClassificationMetrics.reliabilityBins) ranges of confidence, each by its count"
                    + (metrics.hasSeveralLabels ? ", of every class of every picture." : "."))
            section.element("div", ["class": "pair"]) { pair in
                pair.element("figure") { figure in
                    figure.element("h3", "Accuracy by confidence")
                    LineChart(
                        title: "Accuracy by confidence", xLabel: "Confidence", yLabel: "Accuracy",
                        series: [
                            .init(name: "This classifier", points: bins.map { ($0.meanConfidence, $0.accuracy) }),
                            .init(name: "As it should be", points: [(0, 0), (1, 1)]),
                        ]
                    ).write(to: &figure)
                    figure.element("figcaption") {
                        $0.element("span", ["class": "soft"], "Below the straight line it is too sure of itself.")
                    }
                }
                pair.element(
                    "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Reliability"]
                ) {
                    $0.element("table") { table in
                        table.element("thead") {
                            $0.element("tr") { row in
                                for name in ["Confidence", "Mean", "Accuracy", "Count"] {
                                    row.element("th", ["scope": "col"], name)
                                }
                            }
                        }
                        table.element("tbody") { body in
                            for bin in bins {
                                body.element("tr") { row in
                                    row.element(
                                        "th", ["scope": "row"], "\(bin.lowerBound.fixed(2))–\(bin.upperBound.fixed(2))")
                                    row.number(bin.meanConfidence)
                                    row.number(bin.accuracy)
                                    row.number(bin.count)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
