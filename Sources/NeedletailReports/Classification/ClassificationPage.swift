import NeedletailDatasets
import NeedletailEvaluation
import NeedletailImages
import NeedletailSystem

/// A ``ClassificationEvaluation`` as one page for people: a single HTML file with everything in it, that loads nothing.
public struct ClassificationPage: Sendable {
    public let evaluation: ClassificationEvaluation
    /// Of the run that made the classifier.
    public let history: TrainingHistory?
    public let title: String
    /// Mistakes that are shown, the most confident first.
    public var mistakeCount = 24

    public init(
        _ evaluation: ClassificationEvaluation, history: TrainingHistory? = nil, title: String = "Classification report"
    ) {
        self.evaluation = evaluation
        self.history = history
        self.title = title
    }

    /// Writes the page, whole or not at all.
    ///
    /// - Throws: `FileError` when the file cannot be written.
    public func write(to path: String) throws(FileError) {
        try AtomicFile.write(html(), to: path)
    }

    /// The page. Its markup is well-formed XML as well as HTML.
    public func html() -> String {
        PageFrame.html(
            title: "\(title): \(evaluation.dataset.path)",
            footer: "Made by Needletail from the classifier and the pictures named above.", header: writeHeader
        ) { main in
            writeTiles(to: &main)
            writeDoubts(to: &main)
            if let history { TrainingSection(history: history).write(to: &main) }
            writeClasses(to: &main)
            if !evaluation.metrics.hasSeveralLabels {
                ClassConfusionSection(metrics: evaluation.metrics).write(to: &main)
            }
            CalibrationSection(metrics: evaluation.metrics).write(to: &main)
            MistakesSection(evaluation: evaluation, count: mistakeCount).write(to: &main)
        }
    }

    private func writeHeader(to header: inout Markup) {
        header.element("h1", title)
        header.element("p", ["class": "sub"]) { line in
            line.write("What ")
            line.element("b", evaluation.classifierPath)
            line.write(" says of \(evaluation.metrics.count) pictures of ")
            line.element("b", evaluation.dataset.path)
        }
    }

    private func writeTiles(to markup: inout Markup) {
        let metrics = evaluation.metrics
        markup.element("ul", ["class": "tiles"]) { list in
            func tile(_ value: Double, _ name: String, isMain: Bool = false) {
                list.element("li", ["class": isMain ? "main" : "tile"]) { tile in
                    tile.element("b", value.fixed(3))
                    tile.element("span", name)
                }
            }
            if metrics.hasSeveralLabels {
                tile(metrics.macroF1, "F1, mean over classes", isMain: true)
                tile(metrics.exactAccuracy, "pictures with all classes right")
                tile(metrics.accuracy, "most probable class right")
            } else {
                tile(metrics.accuracy, "accuracy, top-1", isMain: true)
                if metrics.classes.count > 5 { tile(metrics.topFiveAccuracy, "among the first five") }
                tile(metrics.balancedAccuracy, "balanced over classes")
                tile(metrics.macroF1, "F1, mean over classes")
            }
            tile(metrics.expectedCalibrationError, "calibration error")
        }
    }

    private func writeDoubts(to markup: inout Markup) {
        let doubts = evaluation.doubts
        guard !doubts.isEmpty else { return }
        markup.element("section", ["class": "notice", "aria-labelledby": "doubts"]) { section in
            section.element("h2", ["id": "doubts"], "Read the numbers with care")
            section.element("ul") { list in
                for doubt in doubts { list.element("li", doubt) }
            }
        }
    }

    private func writeClasses(to markup: inout Markup) {
        let metrics = evaluation.metrics
        markup.element("section", ["aria-labelledby": "classes"]) { section in
            section.element("h2", ["id": "classes"], "Classes")
            section.element(
                "p", ["class": "soft"],
                metrics.hasSeveralLabels
                    ? "A class is said to be shown from a probability of \(Double(ClassificationMetrics.threshold).fixed(2)) on."
                    : "A picture is taken for its most probable class.")
            section.element(
                "div",
                [
                    "class": metrics.classes.count > 25 ? "scroll tall" : "scroll", "tabindex": "0", "role": "region",
                    "aria-label": "Numbers by class",
                ]
            ) {
                $0.element("table", ["class": "wide sortable"]) { table in
                    table.element("thead") {
                        $0.element("tr") { row in
                            for name in ["Class", "F1", "Precision", "Recall", "Pictures", "Predicted"] {
                                row.element("th", ["scope": "col"], name)
                            }
                        }
                    }
                    table.element("tbody") { body in
                        for item in metrics.classes {
                            body.element("tr") { row in
                                row.element("th", ["scope": "row", "title": item.name], item.name)
                                row.number(item.f1)
                                row.number(item.precision)
                                row.number(item.recall)
                                row.number(item.count)
                                row.number(item.predicted)
                            }
                        }
                    }
                }
            }
        }
    }
}
