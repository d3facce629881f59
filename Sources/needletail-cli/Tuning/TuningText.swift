import Needletail

/// What a search has found, for people.
struct TuningText {
    let document: TuningDocument

    /// More classes than these are left to the JSON: the worst covered are shown.
    private static let mostClasses = 20

    var text: String {
        var parts = anchorTables
        if !document.trials.isEmpty { parts.append(trials) }
        if document.wasInterrupted { parts.append("stopped; this is what was known by then") }
        parts.append(recommendation)
        return parts.joined(separator: "\n\n")
    }

    /// One for all presets with the same anchors and input.
    private var anchorTables: [String] {
        func key(_ preset: TuningDocument.Preset) -> [Float] {
            [Float(preset.inputSize), Float(preset.anchorSize ?? 0)] + (preset.aspectRatios ?? [])
        }
        var tables: [String] = []
        var keys: Set<[Float]> = []
        for preset in document.presets where keys.insert(key(preset)).inserted {
            let names = document.presets.filter { key($0) == key(preset) }.map(\.name)
            if let table = anchors(preset, title: "anchors of \(names.joined(separator: ", "))") {
                tables.append(table)
            }
        }
        return tables
    }

    private func anchors(_ preset: TuningDocument.Preset, title: String) -> String? {
        guard let size = preset.anchorSize, let ratios = preset.aspectRatios, let coverage = preset.coverage,
            let standardCoverage = preset.standardCoverage
        else { return nil }
        func row(_ name: String, _ own: AnchorCoverage.Measure, _ standard: AnchorCoverage.Measure) -> [String] {
            [
                name, "\(own.boxes)", Table.number(own.meanOverlap), Table.number(standard.meanOverlap),
                Table.number(own.shareAboveHalf), Table.number(standard.shareAboveHalf),
            ]
        }
        let pairs = zip(coverage.classes, standardCoverage.classes)
        let worst = pairs.sorted { $0.0.measure.meanOverlap < $1.0.measure.meanOverlap }.prefix(Self.mostClasses)
        var rows = [[title, "boxes", "IoU", "of 32 px", "IoU >= 0.5", "of 32 px"]]
        rows += worst.map { row($0.name, $0.measure, $1.measure) }
        rows.append(row("all", coverage.overall, standardCoverage.overall))
        var text =
            Table.text(rows) + "\nfrom \(size) pixels of an input of \(preset.inputSize), "
            + "heights divided by widths \(AspectRatioList.text(ratios))"
        if let fitted = preset.fittedAspectRatios, let overlap = preset.fittedBalancedOverlap,
            fitted != ratios
        {
            text +=
                "; \(AspectRatioList.text(fitted)), fitted to the boxes, give a mean IoU over classes of "
                + "\(Table.number(overlap)), not \(Table.number(coverage.balancedOverlap)), which is no clear gain"
        }
        return text
    }

    private var trials: String {
        let comparesOptimizers = document.trials.contains { $0.optimizer != nil }
        let rows = document.trials.map { trial in
            [trial.preset] + (comparesOptimizers ? [trial.optimizer ?? ""] : []) + [
                "\(trial.learningRate)", "\(trial.round)", "\(trial.epochs)",
                Progress.decimal(trial.seconds), trial.averagePrecision.map { Table.number($0) } ?? "-",
                trial.averagePrecision50.map { Table.number($0) } ?? "-", trial.outcome.rawValue,
            ]
        }
        return Table.text(
            [
                ["preset"] + (comparesOptimizers ? ["optimiser"] : []) + [
                    "learning rate", "round", "epochs", "seconds", "AP", "AP50", "",
                ]
            ] + rows)
    }

    private var recommendation: String {
        guard let recommendation = document.recommendation else {
            let isDivergent = !document.trials.isEmpty && document.trials.allSatisfy { $0.outcome == .diverged }
            return isDivergent
                ? "every candidate diverged: try lower --learning-rates, or look at the images with 'needletail check'"
                : "no candidate was tried to the end, so there is nothing to recommend"
        }
        let lines =
            [
                "recommended: \(recommendation.preset)\(recommendation.optimizer.map { " with " + $0 } ?? "") at a learning rate of \(recommendation.learningRate); "
                    + "its \(recommendation.epochs) epochs take about \(Progress.clock(recommendation.seconds)) here"
            ] + recommendation.remarks
        return lines.joined(separator: "\n") + "\n\n" + recommendation.command
    }
}
