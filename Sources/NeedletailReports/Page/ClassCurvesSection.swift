import NeedletailEvaluation

/// Precision over recall of every class, small and side by side, so that they can be compared at a glance.
struct ClassCurvesSection {
    let evaluation: DetectionEvaluation

    /// More charts than this are folded away.
    private static let mostOpen = 24
    private static let (width, height) = (200.0, 150.0)
    private static let (left, right, top, bottom) = (30.0, 6.0, 8.0, 24.0)

    func write(to markup: inout Markup) {
        let classes = evaluation.metrics.categories.indices.filter {
            evaluation.metrics.categories[$0].averagePrecision != nil
        }
        guard classes.count > 1 else { return }
        let curves = classes.map { k in
            evaluation.precisionRecallCurves(ofCategories: [k]).filter { $0.iouThreshold != 0.9 }
        }
        markup.element("section", ["aria-labelledby": "class-curves"]) { section in
            section.element("h2", ["id": "class-curves"], "Precision over recall by class")
            section.element(
                "p", ["class": "soft"],
                "Recall from 0 to 1 to the right, precision upward. A line that breaks off early belongs to a class whose "
                    + "objects are not found at any confidence; one that falls at once to a class with confident false alarms."
            )
            LineChart.writeLegend(curves.first?.map { CurvesSection.name($0) } ?? [], to: &section)
            if classes.count > Self.mostOpen {
                section.element("details") { details in
                    details.element("summary", "The curves of all \(classes.count) classes")
                    writeCharts(classes, curves, to: &details)
                }
            } else {
                writeCharts(classes, curves, to: &section)
            }
        }
    }

    private func writeCharts(
        _ classes: [Int], _ curves: [[DetectionEvaluation.PrecisionRecallCurve]], to markup: inout Markup
    ) {
        markup.element("div", ["class": "multiples"]) { grid in
            for (k, curves) in zip(classes, curves) {
                let category = evaluation.metrics.categories[k]
                let name = evaluation.name(category.categoryID)
                let numbers = [
                    category.averagePrecision.map { "AP \($0.fixed(3))" },
                    category.averagePrecision50.map { "AP50 \($0.fixed(3))" },
                ].compactMap(\.self).joined(separator: ", ")
                grid.element("figure") { figure in
                    chart(curves, description: "\(name): precision over recall; \(numbers)", to: &figure)
                    figure.element("figcaption") { caption in
                        caption.element("b", name)
                        caption.empty("br")
                        caption.element("span", ["class": "soft"], numbers)
                    }
                }
            }
        }
    }

    private func chart(
        _ curves: [DetectionEvaluation.PrecisionRecallCurve], description: String, to markup: inout Markup
    ) {
        func x(_ value: Double) -> String {
            (Self.left + value * (Self.width - Self.left - Self.right)).fixed(1)
        }
        func y(_ value: Double) -> String {
            (Self.height - Self.bottom - value * (Self.height - Self.top - Self.bottom)).fixed(1)
        }
        let viewBox = "0 0 \(Self.width.fixed(0)) \(Self.height.fixed(0))"
        markup.element("svg", ["viewBox": viewBox, "role": "img", "aria-label": description]) { svg in
            for step in [0, 0.5, 1] {
                svg.empty("line", ["class": "grid", "x1": x(step), "y1": y(0), "x2": x(step), "y2": y(1)])
                svg.empty("line", ["class": "grid", "x1": x(0), "y1": y(step), "x2": x(1), "y2": y(step)])
            }
            for end in [0.0, 1] {
                svg.element(
                    "text",
                    ["x": x(end), "y": (Self.height - 7).fixed(1), "text-anchor": end == 0 ? "start" : "end"],
                    end.fixed(0))
                svg.element(
                    "text", ["x": (Self.left - 6).fixed(1), "y": y(end - 0.03), "text-anchor": "end"], end.fixed(0))
            }
            for (index, curve) in curves.enumerated() {
                // Beyond the highest recall precision is 0: the line ends where the class's detections do.
                let points = zip(curve.recalls, curve.precisions).filter { $0.1 > 0 }.map { "\(x($0.0)),\(y($0.1))" }
                svg.empty(
                    "polyline", ["class": "series \(LineChart.style(index))", "points": points.joined(separator: " ")])
            }
        }
    }
}
