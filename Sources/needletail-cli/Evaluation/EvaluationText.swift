import NeedletailData
import NeedletailPlatform

/// An evaluation as people read it on a terminal.
struct EvaluationText {
    let evaluation: DetectionEvaluation
    let comparison: EvaluationComparison?
    let explains: Bool

    var text: String {
        var parts = [headline, sizes]
        if let comparison { parts.append(compared(comparison)) } else { parts.append(classes) }
        if let analysis = evaluation.analysis {
            parts.append(errors(analysis))
            parts.append(worst(analysis))
        }
        if explains { parts.append(traps) }
        parts.append(advice)
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private var headline: String {
        let input = evaluation.input
        let statistics = evaluation.metrics.statistics
        let limits = evaluation.metrics.options.detectionLimits
        // With fewer than three limits the last of COCO's recalls repeat one.
        let recalls = zip(
            statistics.values[6...8],
            limits.count > 2 ? [limits[0], limits[1], limits[limits.count - 1]] : limits
        ).map { "AR\($1) \(number($0))" }
        let counted = evaluation.metrics.categories.reduce(0) { $0 + $1.detectionCount }
        let crowds = input.crowdCount > 0 ? " (\(input.crowdCount) of them crowds)" : ""
        let beyond =
            counted < input.detectionCount
            ? "; \(input.detectionCount - counted) are beyond the \(limits[limits.count - 1]) that count of an image and class"
            : ""
        return "\(Count.text(input.detectionCount, "detection")) against "
            + "\(Count.text(input.annotationCount, "annotation"))\(crowds) in "
            + "\(Count.text(input.imageIDs.count, "image")) (\(input.detectedImageCount) with detections)\(beyond)\n\n"
            + "AP \(number(statistics.averagePrecision))  AP50 \(number(statistics.averagePrecision50))  "
            + "AP75 \(number(statistics.averagePrecision75))  \(recalls.joined(separator: "  "))"
    }

    private var sizes: String {
        let analyzed = evaluation.analysis?.sizes
        let rows = evaluation.sizes.enumerated().filter { $1.range.label != "all" }.map { index, size in
            [size.range.label, number(size.averagePrecision), number(size.averageRecall)]
                + (analyzed.map { ["\($0[index].groundTruthCount)", share($0[index].recall)] } ?? [])
        }
        guard !rows.isEmpty else { return "" }
        return Table.text([["size", "AP", "AR"] + (analyzed == nil ? [] : ["boxes", "found"])] + rows)
    }

    private var classes: String {
        let analyzed = evaluation.analysis?.categories
        let names = evaluation.input.categoryNames
        let rows = evaluation.metrics.categories.enumerated().map { index, category in
            let best = (analyzed?[index].curve.best).flatMap { $0.truePositives > 0 ? $0 : nil }
            return [
                name(category.categoryID, names), number(category.averagePrecision),
                number(category.averagePrecision50), number(category.averagePrecision75),
                number(category.averageRecall),
            ]
                + (analyzed == nil
                    ? [] : [best.map { Table.number($0.confidence) } ?? "-", number(best?.f1)])
                + ["\(category.groundTruthCount)", "\(category.detectionCount)"]
        }
        let head =
            ["class", "AP", "AP50", "AP75", "AR"] + (analyzed == nil ? [] : ["best at", "F1"]) + [
                "boxes", "detections",
            ]
        return Table.text([head] + rows)
    }

    private func compared(_ comparison: EvaluationComparison) -> String {
        let numbers = comparison.names.indices.map { index in
            [
                comparison.names[index], number(comparison.otherStats[index]), number(comparison.stats[index]),
                difference(comparison.differences[index]),
            ]
        }
        let classes = comparison.categories.map {
            [$0.name, number($0.otherAveragePrecision), number($0.averagePrecision), difference($0.difference)]
        }
        return "this: \(evaluation.input.detectionsPath)\nother: \(comparison.otherPath)\n"
            + "difference: this minus other, above 0 where this is better\n\n"
            + Table.text([["", "other", "this", "difference"]] + numbers) + "\n\n"
            + Table.text([["class", "other AP", "AP", "difference"]] + classes)
    }

    private func errors(_ analysis: ErrorAnalysis) -> String {
        var text = ""
        if let best = analysis.overall.best {
            text +=
                "At confidence \(Table.number(best.confidence)), where F1 is highest (\(Table.number(best.f1)), IoU 0.5): "
                + "\(best.truePositives) right, \(best.falsePositives) wrong, \(best.groundTruths - best.truePositives) "
                + "missed\n\n"
        }
        let costs = ErrorKind.allCases.compactMap { kind in analysis.costs[kind].map { (kind, $0) } }
            .sorted { $0.1.averagePrecisionCost > $1.1.averagePrecisionCost }
        text += Table.text(
            [["errors", "count", "AP50 lost"]]
                + costs.map {
                    [$0.rawValue, "\(analysis.operatingCounts[$0] ?? 0)", Table.number($1.averagePrecisionCost)]
                })
        let pairs = evaluation.confusedPairs.prefix(5)
        if !pairs.isEmpty {
            text +=
                "\n\n"
                + Table.text(
                    [["confused", "taken for", "times"]] + pairs.map { [$0.truth, $0.detected, "\($0.count)"] })
        }
        return text
    }

    private func worst(_ analysis: ErrorAnalysis) -> String {
        let rows = analysis.worstImages(5).map { image in
            let row = evaluation.input.imageIDs.firstIndex(of: image.imageID)
            return [
                row.map { evaluation.input.dataset.images[$0].fileName } ?? "\(image.imageID)",
                "\(image.truePositives)",
                "\(image.falsePositiveCount)", "\(image.falseNegatives)",
            ]
        }
        return rows.isEmpty ? "" : Table.text([["worst images", "right", "wrong", "missed"]] + rows)
    }

    private var traps: String {
        var lines = evaluation.metrics.findings.map(\.description)
        let annotations = evaluation.input.dataset.annotations
        let withoutArea = annotations.indices.count { annotations[$0].area == nil }
        if withoutArea > 0 {
            lines.append(
                "Of \(withoutArea) of \(annotations.count) annotations the area of the box is taken, "
                    + "because they have none; pycocotools stops at them.")
        }
        guard !lines.isEmpty else { return "Traps: none that changes a number." }
        return "Traps:\n" + lines.map { "- \($0)" }.joined(separator: "\n")
    }

    private var advice: String {
        let advice = evaluation.advice
        guard !advice.isEmpty else { return "" }
        return "Next:\n" + advice.map { "- \($0.title). \($0.detail)" }.joined(separator: "\n")
    }

    private func name(_ id: Int?, _ names: [Int: String]) -> String {
        id.map { names[$0] ?? "\($0)" } ?? "all"
    }

    private func number(_ value: Double?) -> String {
        guard let value, value >= 0 else { return "-" }
        return Table.number(value)
    }

    private func share(_ value: Double?) -> String { value.map { "\(Int(saturating: ($0 * 100).rounded()))%" } ?? "-" }

    private func difference(_ value: Double?) -> String {
        value.map { ($0 > 0 ? "+" : "") + Table.number($0) } ?? "-"
    }
}
