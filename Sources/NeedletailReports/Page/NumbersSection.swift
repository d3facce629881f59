import NeedletailEvaluation

/// The headline numbers, what is doubtful about them, and what to do next.
struct NumbersSection {
    let evaluation: DetectionEvaluation

    func write(to markup: inout Markup) {
        writeTiles(to: &markup)
        writeNotices(to: &markup)
        let advice = evaluation.advice
        guard !advice.isEmpty else { return }
        markup.element("section", ["aria-labelledby": "next"]) { section in
            section.element("h2", ["id": "next"], "What to do next")
            section.element("ol", ["class": "advice"]) { list in
                for advice in advice {
                    list.element("li") { item in
                        item.element("b", advice.title + ".")
                        item.writeProse(" " + advice.detail)
                    }
                }
            }
        }
    }

    private func writeTiles(to markup: inout Markup) {
        let statistics = evaluation.metrics.statistics
        let best = evaluation.analysis?.overall.best
        markup.element("ul", ["class": "tiles"]) { list in
            func tile(_ value: String, _ name: String, isMain: Bool = false) {
                list.element("li", ["class": isMain ? "main" : "tile"]) { tile in
                    tile.element("b", value)
                    tile.element("span", name)
                }
            }
            tile(text(statistics.averagePrecision), "AP, mean over IoU", isMain: true)
            tile(text(statistics.averagePrecision50), "AP at IoU 0.50")
            tile(text(statistics.averagePrecision75), "AP at IoU 0.75")
            tile(text(statistics.averageRecall), "AR, mean recall")
            if let best {
                tile(best.f1.fixed(3), "best F1, at confidence \(best.confidence.fixed(2))")
            }
        }
    }

    private func writeNotices(to markup: inout Markup) {
        let warnings = evaluation.input.warnings.map(\.description)
        let findings = evaluation.metrics.findings.map(\.description)
        guard !warnings.isEmpty || !findings.isEmpty else { return }
        markup.element("section", ["class": "notice", "aria-labelledby": "doubts"]) { section in
            section.element("h2", ["id": "doubts"], "Read the numbers with care")
            section.element("ul") { list in
                for notice in warnings + findings { list.element("li") { $0.writeProse(notice) } }
            }
        }
    }

    private func text(_ value: Double) -> String { value < 0 ? "–" : value.fixed(3) }
}

/// Two results side by side.
struct ComparisonSection {
    let comparison: EvaluationComparison

    func write(to markup: inout Markup) {
        markup.element("section", ["aria-labelledby": "comparison"]) { section in
            section.element("h2", ["id": "comparison"], "Compared with \(comparison.otherPath)")
            section.element(
                "p", ["class": "soft"],
                "The difference is the number of this report minus the other's: above 0 where this is better.")
            section.element("div", ["class": "pair"]) { pair in
                pair.element(
                    "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Numbers compared"]
                ) {
                    $0.element("table") { table in
                        Self.head(["Number", "Other", "This", "Difference"], to: &table)
                        table.element("tbody") { body in
                            for (index, name) in comparison.names.enumerated() {
                                Self.row(
                                    name, positive(comparison.otherStats[index]), positive(comparison.stats[index]),
                                    comparison.differences[index], to: &body)
                            }
                        }
                    }
                }
                pair.element(
                    "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Classes compared"]
                ) {
                    $0.element("table", ["class": "sortable"]) { table in
                        Self.head(["Class", "Other's AP", "AP", "Difference"], to: &table)
                        table.element("tbody") { body in
                            for category in comparison.categories {
                                Self.row(
                                    category.name, category.otherAveragePrecision, category.averagePrecision,
                                    category.difference, to: &body)
                            }
                        }
                    }
                }
            }
        }
    }

    private func positive(_ value: Double) -> Double? { value < 0 ? nil : value }

    private static func head(_ names: [String], to table: inout Markup) {
        table.element("thead") { head in
            head.element("tr") { row in
                for name in names { row.element("th", ["scope": "col"], name) }
            }
        }
    }

    private static func row(
        _ name: String, _ first: Double?, _ second: Double?, _ difference: Double?, to body: inout Markup
    ) {
        body.element("tr") { row in
            row.element("th", ["scope": "row"], name)
            row.number(first)
            row.number(second)
            row.element(
                "td", ["data-value": "\(difference ?? -9)"],
                difference.map { ($0 > 0 ? "+" : "") + $0.fixed(3) } ?? "–")
        }
    }
}

extension Markup {
    /// A cell with a number of three digits, or a dash.
    mutating func number(_ value: Double?, digits: Int = 3) {
        element("td", ["data-value": value.map { "\($0)" } ?? "-1"], value.map { $0.fixed(digits) } ?? "–")
    }

    mutating func number(_ value: Int) {
        element("td", ["data-value": "\(value)"], "\(value)")
    }

    /// A cell with a bar for a share from 0 to 1; the number stands in another cell.
    mutating func bar(_ share: Double, isCost: Bool = false) {
        element("td", ["class": "gauge"]) {
            $0.element(
                "span",
                [
                    "class": isCost ? "bar cost" : "bar", "aria-hidden": "true",
                    "style": "--v:\(min(max(share.isFinite ? share : 0, 0), 1).fixed(4))",
                ], "")
        }
    }
}
