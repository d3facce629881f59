import Needletail

/// How a classifier does, for people.
struct ClassificationText {
    let evaluation: ClassificationEvaluation

    /// More classes than these are left to the JSON and the page: the worst are shown.
    private static let mostClasses = 30

    var text: String {
        let metrics = evaluation.metrics
        var parts = [numbers, classes]
        if !metrics.hasSeveralLabels, !metrics.confusedPairs.isEmpty {
            let pairs = metrics.confusedPairs.prefix(5).map {
                "\(metrics.classes[$0.truth].name) taken for \(metrics.classes[$0.predicted].name): \($0.count)"
            }
            parts.append("most often taken for another\n  " + pairs.joined(separator: "\n  "))
        }
        let mistakes = evaluation.pictures.mistakes.prefix(5).map { picture in
            let truth = picture.labels.map { metrics.classes[$0].name }.joined(separator: ", ")
            return "\(picture.name): \(metrics.classes[picture.predicted].name) "
                + "\(Table.number(Double(picture.confidence))), is \(truth.isEmpty ? "none" : truth)"
        }
        if !mistakes.isEmpty { parts.append("most confident mistakes\n  " + mistakes.joined(separator: "\n  ")) }
        if !evaluation.doubts.isEmpty {
            parts.append("read the numbers with care\n  " + evaluation.doubts.joined(separator: "\n  "))
        }
        return parts.joined(separator: "\n\n")
    }

    private var numbers: String {
        let metrics = evaluation.metrics
        var rows = [["pictures", "\(metrics.count)"]]
        func add(_ name: String, _ value: Double) { rows.append([name, Table.number(value)]) }
        if metrics.hasSeveralLabels {
            add("F1, mean over classes", metrics.macroF1)
            add("all classes right", metrics.exactAccuracy)
            add("most probable class right", metrics.accuracy)
        } else {
            add("accuracy (top-1)", metrics.accuracy)
            add("top-5", metrics.topFiveAccuracy)
            add("balanced accuracy", metrics.balancedAccuracy)
            add("F1, mean over classes", metrics.macroF1)
        }
        add("log loss", metrics.meanLogLoss)
        add("0-1 loss", 1 - metrics.accuracy)
        add("calibration error (ECE)", metrics.expectedCalibrationError)
        return Table.text(rows)
    }

    private var classes: String {
        let all = evaluation.metrics.classes
        let shown =
            all.count <= Self.mostClasses
            ? all : Array(all.sorted { ($0.f1 ?? 2, $0.name) < ($1.f1 ?? 2, $1.name) }.prefix(Self.mostClasses))
        func number(_ value: Double?) -> String { value.map { Table.number($0) } ?? "-" }
        let rows = shown.map {
            [$0.name, number($0.precision), number($0.recall), number($0.f1), "\($0.count)", "\($0.predicted)"]
        }
        let title = all.count > shown.count ? "the worst \(shown.count) classes" : "class"
        return Table.text([[title, "precision", "recall", "F1", "pictures", "predicted"]] + rows)
    }
}
