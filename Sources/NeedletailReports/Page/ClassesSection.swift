import NeedletailEvaluation

/// Every class with its numbers.
struct ClassesSection {
    let evaluation: DetectionEvaluation

    func write(to markup: inout Markup) {
        let analyzed = evaluation.analysis?.categories
        let columns =
            ["Class", "AP", "AP50", "AP75", "AR"]
            + (analyzed == nil ? [] : ["Best at", "Precision", "Recall", "F1"]) + ["Objects", "Detections"]
        markup.element("section", ["aria-labelledby": "classes"]) { section in
            section.element("h2", ["id": "classes"], "Classes")
            section.element(
                "p", ["class": "soft"],
                "\"Best at\" is the confidence where the F1 of the class is highest, at IoU 0.5; precision, recall and F1 are "
                    + "what it gives.")
            section.element(
                "div",
                [
                    "class": evaluation.metrics.categories.count > 25 ? "scroll tall" : "scroll", "tabindex": "0",
                    "role": "region", "aria-label": "Numbers by class",
                ]
            ) {
                $0.element("table", ["class": "wide sortable"]) { table in
                    table.element("thead") {
                        $0.element("tr") { row in
                            for name in columns { row.element("th", ["scope": "col"], name) }
                        }
                    }
                    table.element("tbody") { body in
                        for (index, category) in evaluation.metrics.categories.enumerated() {
                            body.element("tr") { row in
                                let name = evaluation.name(category.categoryID)
                                row.element("th", ["scope": "row", "title": name], name)
                                row.number(category.averagePrecision)
                                row.number(category.averagePrecision50)
                                row.number(category.averagePrecision75)
                                row.number(category.averageRecall)
                                if let analyzed {
                                    let best = analyzed[index].curve.best.flatMap { $0.truePositives > 0 ? $0 : nil }
                                    row.number(best?.confidence, digits: 2)
                                    row.number(best?.precision)
                                    row.number(best?.recall)
                                    row.number(best?.f1)
                                }
                                row.number(category.groundTruthCount)
                                row.number(category.detectionCount)
                            }
                        }
                    }
                }
            }
        }
    }
}
