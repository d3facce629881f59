import NeedletailEvaluation

/// Precision over recall, and precision, recall and F1 over confidence.
struct CurvesSection {
    let evaluation: DetectionEvaluation

    func write(to markup: inout Markup) {
        let precisionRecall = evaluation.precisionRecallCurves
        let confidence = evaluation.analysis?.overall
        guard !precisionRecall.isEmpty else { return }
        markup.element("section", ["aria-labelledby": "curves"]) { section in
            section.element("h2", ["id": "curves"], "Precision, recall and confidence")
            section.element("div", ["class": "pair"]) { pair in
                pair.element("figure") { figure in
                    chart(precisionRecall).write(to: &figure)
                    figure.element("figcaption") { caption in
                        caption.element(
                            "span", ["class": "soft"],
                            "Mean over the classes. The area under a line is AP at that overlap (IoU).")
                        values(precisionRecall, to: &caption)
                    }
                }
                if let confidence, let best = confidence.best {
                    pair.element("figure") { figure in
                        chart(confidence, best: best).write(to: &figure)
                        figure.element("figcaption") { caption in
                            caption.element(
                                "span", ["class": "soft"],
                                "All classes together at IoU 0.5, when only detections of at least this confidence are "
                                    + "kept.")
                            values(confidence, to: &caption)
                        }
                    }
                }
            }
        }
    }

    private func chart(_ curves: [DetectionEvaluation.PrecisionRecallCurve]) -> LineChart {
        LineChart(
            title: "Precision over recall", xLabel: "Recall", yLabel: "Precision",
            series: curves.map { curve in
                LineChart.Series(name: Self.name(curve), points: zip(curve.recalls, curve.precisions).map { ($0, $1) })
            })
    }

    private func chart(_ curve: ConfidenceCurve, best: ConfidenceCurve.Point) -> LineChart {
        let points = curve.points.reversed()
        let scores = evaluation.input.scores ?? 0...1
        let isShare = scores.lowerBound >= 0 && scores.upperBound <= 1
        return LineChart(
            title: "Precision, recall and F1 over confidence", xLabel: "Confidence", yLabel: "Share",
            series: [
                .init(name: "F1", points: points.map { ($0.confidence, $0.f1) }),
                .init(name: "Precision", points: points.map { ($0.confidence, $0.precision) }),
                .init(name: "Recall", points: points.map { ($0.confidence, $0.recall ?? 0) }),
            ], xRange: isShare ? 0...1 : scores,
            mark: (best.confidence, best.f1, "best F1 \(best.f1.fixed(2)) at \(best.confidence.fixed(2))"))
    }

    static func name(_ curve: DetectionEvaluation.PrecisionRecallCurve) -> String {
        curve.iouThreshold.map { "IoU \($0.fixed(2))" } ?? "mean over IoU"
    }

    private func values(_ curves: [DetectionEvaluation.PrecisionRecallCurve], to figure: inout Markup) {
        guard let recalls = curves.first?.recalls else { return }
        let rows = recalls.indices.filter { recalls.count < 12 || $0 % (recalls.count / 10) == 0 }.map { index in
            [recalls[index]] + curves.map { $0.precisions[index] }
        }
        table(["Recall"] + curves.map(Self.name), rows, to: &figure)
    }

    private func values(_ curve: ConfidenceCurve, to figure: inout Markup) {
        let scores = evaluation.input.scores ?? 0...1
        let range = scores.lowerBound >= 0 && scores.upperBound <= 1 ? 0...1 : scores
        let rows = (0...20).compactMap { step -> [Double]? in
            let confidence = range.value(at: Double(step) / 20)
            guard let point = curve.points.last(where: { $0.confidence >= confidence }) else { return nil }
            return [confidence, point.precision, point.recall ?? 0, point.f1]
        }
        table(["Confidence", "Precision", "Recall", "F1"], rows, to: &figure)
    }

    private func table(_ names: [String], _ rows: [[Double]], to figure: inout Markup) {
        figure.element("details") { details in
            details.element("summary", "The values as a table")
            details.element(
                "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Values of the curve"]
            ) {
                $0.element("table") { table in
                    table.element("thead") {
                        $0.element("tr") { row in for name in names { row.element("th", ["scope": "col"], name) } }
                    }
                    table.element("tbody") { body in
                        for row in rows {
                            body.element("tr") { cells in
                                cells.element("th", ["scope": "row"], row[0].fixed(2))
                                for value in row.dropFirst() { cells.number(value) }
                            }
                        }
                    }
                }
            }
        }
    }
}
