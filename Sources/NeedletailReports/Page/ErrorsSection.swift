import NeedletailEvaluation

/// The kinds of errors and the AP that each costs.
struct ErrorsSection {
    let analysis: ErrorAnalysis

    func write(to markup: inout Markup) {
        let costs = ErrorKind.allCases.compactMap { kind in analysis.costs[kind].map { (kind: kind, cost: $0) } }
            .sorted { $0.cost.averagePrecisionCost > $1.cost.averagePrecisionCost }
        let largest = max(costs.first?.cost.averagePrecisionCost ?? 0, 0.001)
        markup.element("section", ["aria-labelledby": "errors"]) { section in
            section.element("h2", ["id": "errors"], "Where precision is lost")
            section.element(
                "p", ["class": "soft"],
                "AP at IoU 0.5 is \(analysis.averagePrecision.fixed(3)). Mending one kind of error alone would add as much:"
            )
            section.element(
                "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Kinds of errors"]
            ) {
                $0.element("table", ["class": "wide"]) { table in
                    table.element("thead") {
                        $0.element("tr") { row in
                            row.element("th", ["scope": "col"], "Error")
                            row.element("th", ["scope": "col"], "AP lost")
                            row.element("td", "")
                            row.element("th", ["scope": "col"], "Errors")
                        }
                    }
                    table.element("tbody") { body in
                        for (kind, cost) in costs {
                            body.element("tr") { row in
                                row.element("th", ["scope": "row"]) { cell in
                                    cell.write(Self.name(kind))
                                    cell.element("small", kind.meaning)
                                }
                                row.number(cost.averagePrecisionCost)
                                row.bar(cost.averagePrecisionCost / largest, isCost: true)
                                row.number(analysis.operatingCounts[kind] ?? 0)
                            }
                        }
                    }
                }
            }
            section.element(
                "p", ["class": "soft"],
                "Counts are at \(Self.confidence(analysis)). Without any false alarm above a right detection AP would gain "
                    + "\(analysis.falsePositiveCost.fixed(3)); without any object that is not found, "
                    + "\(analysis.falseNegativeCost.fixed(3)). Each kind is mended alone, so the costs do not add up.")
        }
    }

    private static func confidence(_ analysis: ErrorAnalysis) -> String {
        analysis.operatingConfidence.isFinite
            ? "confidence \(analysis.operatingConfidence.fixed(2)), where F1 is highest; costs are over all"
            : "any confidence"
    }

    private static func name(_ kind: ErrorKind) -> String {
        switch kind {
        case .classification: "Wrong class"
        case .localization: "Loose box"
        case .both: "Wrong class, loose box"
        case .duplicate: "Found twice"
        case .background: "Background"
        case .missed: "Missed"
        }
    }
}

/// The numbers by the size of the objects.
struct SizesSection {
    let evaluation: DetectionEvaluation

    func write(to markup: inout Markup) {
        let sizes = evaluation.sizes
        let analyzed = evaluation.analysis?.sizes
        markup.element("section", ["aria-labelledby": "sizes"]) { section in
            section.element("h2", ["id": "sizes"], "By size of the objects")
            section.element(
                "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Numbers by size"]
            ) {
                $0.element("table", ["class": "wide"]) { table in
                    table.element("thead") {
                        $0.element("tr") { row in
                            for name in ["Size", "Area in pixels", "Objects", "AP", "AR"] {
                                row.element("th", ["scope": "col"], name)
                            }
                            if analyzed != nil {
                                row.element("th", ["scope": "col"], "Found")
                                row.element("td", "")
                                row.element("th", ["scope": "col"], "False alarms")
                            }
                        }
                    }
                    table.element("tbody") { body in
                        for (index, size) in sizes.enumerated() {
                            body.element("tr") { row in
                                row.element("th", ["scope": "row"], size.range.label)
                                row.element("td", Self.range(size.range))
                                row.element("td", analyzed.map { "\($0[index].groundTruthCount)" } ?? "–")
                                row.number(size.averagePrecision)
                                row.number(size.averageRecall)
                                if let analyzed {
                                    row.element("td", analyzed[index].recall?.percent ?? "–")
                                    row.bar(analyzed[index].recall ?? 0)
                                    row.number(analyzed[index].falsePositives)
                                }
                            }
                        }
                    }
                }
            }
            if let analysis = evaluation.analysis, analysis.operatingConfidence.isFinite {
                section.element(
                    "p", ["class": "soft"],
                    "Found and false alarms at IoU 0.5 and confidence \(analysis.operatingConfidence.fixed(2)), where F1 is "
                        + "highest.")
            }
        }
    }

    private static func range(_ range: COCOOptions.AreaRange) -> String {
        func text(_ area: Double) -> String {
            let side = area.squareRoot()
            return side == side.rounded() && side > 1 ? "\(side.fixed(0))²" : area.fixed(0)
        }
        if range.upper >= 1e10 { return range.lower <= 0 ? "any" : "from \(text(range.lower))" }
        return range.lower <= 0 ? "up to \(text(range.upper))" : "\(text(range.lower)) to \(text(range.upper))"
    }
}
