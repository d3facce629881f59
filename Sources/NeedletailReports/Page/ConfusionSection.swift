import NeedletailEvaluation

/// Which classes are taken for which.
struct ConfusionSection {
    let evaluation: DetectionEvaluation
    let matrix: ConfusionMatrix

    /// A matrix of more classes is not readable; the classes with the most errors are shown.
    private static let mostClasses = 20

    func write(to markup: inout Markup) {
        let shown = shownClasses()
        let names = matrix.categoryIDs.map { evaluation.name($0) } + ["background"]
        let pairs = evaluation.confusedPairs.prefix(10)
        markup.element("section", ["aria-labelledby": "confusion"]) { section in
            section.element("h2", ["id": "confusion"], "Confusion")
            section.element("p", ["class": "soft"], note(isWhole: shown.count == matrix.background))
            section.element(
                "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Confusion matrix"]
            ) {
                $0.element("table", ["class": "matrix"]) { table in
                    table.element("thead") {
                        $0.element("tr") { row in
                            row.element("td", ["class": "none"], "there ↓ detected →")
                            for column in shown + [matrix.background] {
                                row.element("th", ["scope": "col", "title": names[column]]) {
                                    $0.element("span", names[column])
                                }
                            }
                        }
                    }
                    table.element("tbody") { body in
                        for truth in shown + [matrix.background] {
                            body.element("tr") { row in
                                row.element("th", ["scope": "row", "title": names[truth]], names[truth])
                                let shares = matrix.rowShares(truth)
                                for column in shown + [matrix.background] {
                                    cell(truth, column, share: shares[column], to: &row)
                                }
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
                            list.element("li", "\(pair.truth) taken for \(pair.detected): \(pair.count)")
                        }
                    }
                }
            }
        }
    }

    private func note(isWhole: Bool) -> String {
        let start = isWhole ? "" : "The \(Self.mostClasses) classes with the most errors. "
        return start
            + "Objects in rows, what was detected in columns, at IoU \(matrix.iouThreshold.fixed(2)) and confidence "
            + "\(matrix.confidence.isFinite ? matrix.confidence.fixed(2) : "–"). The last column holds missed objects, the "
            + "last row false alarms. The stronger its colour, the more of its row a cell holds."
    }

    private func cell(_ truth: Int, _ detected: Int, share: Double, to row: inout Markup) {
        let count = matrix[truth: truth, detected: detected]
        if truth == matrix.background, detected == matrix.background {
            row.element("td", ["class": "none"], "")
            return
        }
        guard count > 0 else {
            row.element("td", ["class": "none"], "0")
            return
        }
        row.element(
            "td", ["class": truth == detected ? "same" : "other", "style": "--v:\(share.fixed(3))"], "\(count)")
    }

    /// All classes, or those with the most errors, in the order of the dataset.
    private func shownClasses() -> [Int] {
        guard matrix.background > Self.mostClasses else { return Array(0..<matrix.background) }
        let errors = (0..<matrix.background).map { k in
            (0...matrix.background).reduce(0) { sum, other in
                other == k ? sum : sum + matrix[truth: k, detected: other] + matrix[truth: other, detected: k]
            }
        }
        return Array(
            errors.indices.sorted { errors[$0] != errors[$1] ? errors[$0] > errors[$1] : $0 < $1 }
                .prefix(Self.mostClasses)
        ).sorted()
    }
}
