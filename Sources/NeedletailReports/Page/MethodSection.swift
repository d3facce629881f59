import NeedletailEvaluation

/// The twelve numbers of COCO, and what the words of the page mean.
struct MethodSection {
    let evaluation: DetectionEvaluation

    private static let words: [(word: String, meaning: String)] = [
        (
            "IoU",
            "Intersection over union: the area that two boxes share, divided by the area they cover together. 1 is a "
                + "perfect fit."
        ),
        ("Precision", "The share of the detections kept that are right."),
        ("Recall", "The share of the objects that are found."),
        ("F1", "The harmonic mean of precision and recall."),
        (
            "AP",
            "Average precision: the mean precision over all recalls, of one class at one IoU, then the mean over the "
                + "classes. Without a number it is also the mean over IoU 0.50, 0.55 to 0.95."
        ),
        (
            "AR",
            "Average recall: the highest recall with at most 100 detections of an image and class, the mean over the same "
                + "IoUs and the classes."
        ),
        ("Confidence", "The score that the detector gives each box. Boxes below a threshold are thrown away in use."),
        (
            "Background",
            "Where nothing is annotated. An object taken for background was missed; background taken for an object is a "
                + "false alarm."
        ),
    ]

    func write(to markup: inout Markup) {
        let result = evaluation.metrics
        markup.element("section", ["aria-labelledby": "method"]) { section in
            section.element("h2", ["id": "method"], "The numbers of COCO, and the words used here")
            section.element("details") { details in
                details.element("summary", "The twelve numbers")
                details.element(
                    "div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": "The twelve numbers"]
                ) {
                    $0.element("table") { table in
                        table.element("tbody") { body in
                            for (name, line) in zip(
                                COCOStatistics.names(result.options), result.summary.split(separator: "\n"))
                            {
                                body.element("tr") { row in
                                    row.element("th", ["scope": "row"], name)
                                    row.element("td", ["class": "text"], String(line.drop { $0 == " " }))
                                }
                            }
                        }
                    }
                }
                details.element(
                    "p", ["class": "soft"],
                    "Computed by the rules of pycocotools\(result.options.conformance == .corrected ? ", its traps mended" : "")."
                )
            }
            section.element("details") { details in
                details.element("summary", "What the words mean")
                details.element("dl") { list in
                    for (word, meaning) in Self.words {
                        list.element("dt", word)
                        list.element("dd", meaning)
                    }
                }
            }
        }
    }
}
