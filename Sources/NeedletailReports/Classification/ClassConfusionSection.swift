import NeedletailEvaluation

/// Which classes are taken for which.
struct ClassConfusionSection {
    let metrics: ClassificationMetrics

    /// A matrix of more classes is not readable; those with the most mistakes are shown.
    private static let mostClasses = 20

    func write(to markup: inout Markup) {
        let shown = shownClasses
        let pairs = metrics.confusedPairs.prefix(10)
        markup.element("section", ["aria-labelledby": "confusion"]) { section in
            section.element("h2", ["id": "confusion"], "Confusion")
            section.element(
                "p", ["class": "soft"],
                (shown.count < metrics.classes.count ? "The \(Self.mostClasses) classes with the most mistakes. " : "")
                    + "What pictures show in rows, what they are taken for in columns. The stronger its colour, the more of its "
                    + "row a cell holds.")
            section.element(
                "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Confusion matrix"]
            ) {
                $0.element("table", ["class": "matrix"]) { table in
                    table.element("thead") {
                        $0.element("tr") { row in
                            row.element("td", ["class": "none"], "there ↓ predicted →")
                            for column in shown {
                                row.element("th", ["scope": "col", "title": metrics.classes[column].name]) {
                                    $0.element("span", metrics.classes[column].name)
                                }
                            }
                        }
                    }
                    table.element("tbody") { body in
                        for truth in shown {
                            body.element("tr") { row in
                                let name = metrics.classes[truth].name
                                row.element("th", ["scope": "row", "title": name], name)
                                for column in shown { cell(truth, column, to: &row) }
                            }
                        }
                    }
                }
            }
            if !pairs.isEmpty {
                section.element("details") { details in
                    details.element("summary", "The classes most often taken for another")
                    details.element("ul") { list in
                        for pair in pairs {
                            list.element(
                                "li",
                                "\(metrics.classes[pair.truth].name) taken for \(metrics.classes[pair.predicted].name): "
                                    + "\(pair.count)")
                        }
                    }
                }
            }
        }
    }

    private func cell(_ truth: Int, _ predicted: Int, to row: inout Markup) {
        let count = metrics.confusion[truth][predicted]
        guard count > 0 else {
            row.element("td", ["class": "none"], "0")
            return
        }
        let share = Double(count) / Double(max(metrics.classes[truth].count, 1))
        row.element(
            "td", ["class": truth == predicted ? "same" : "other", "style": "--v:\(share.fixed(3))"], "\(count)")
    }

    /// All classes, or those with the most mistakes, in their order.
    private var shownClasses: [Int] {
        guard metrics.classes.count > Self.mostClasses else { return Array(metrics.classes.indices) }
        let mistakes = metrics.classes.map { $0.count + $0.predicted - 2 * $0.right }
        return mistakes.indices.sorted { mistakes[$0] != mistakes[$1] ? mistakes[$0] > mistakes[$1] : $0 < $1 }
            .prefix(Self.mostClasses).sorted()
    }
}
