import NeedletailEvaluation

/// The images with the most errors, with their boxes.
struct ImagesSection {
    let evaluation: DetectionEvaluation
    let analysis: ErrorAnalysis
    let options: EvaluationPage.Options

    func write(to markup: inout Markup) {
        let worst = analysis.worstImages(options.imageCount)
        guard !worst.isEmpty else { return }
        let perfect = analysis.images.count { $0.errorCount == 0 }
        markup.element("section", ["aria-labelledby": "images"]) { section in
            section.element("h2", ["id": "images"], "The worst images")
            let confidence = analysis.operatingConfidence.isFinite ? analysis.operatingConfidence.fixed(2) : "any"
            section.element(
                "p", ["class": "soft"],
                "By the number of errors at confidence \(confidence). \(perfect) of \(analysis.images.count) images have none."
            )
            writeLegend(to: &section)
            section.element("div", ["class": "gallery"]) { gallery in
                for errors in worst { write(errors, to: &gallery) }
            }
        }
    }

    private func write(_ errors: ImageErrors, to gallery: inout Markup) {
        guard let row = evaluation.row(ofImage: errors.imageID),
            let outcomes = try? evaluation.evaluator.outcomes(
                imageID: errors.imageID, confidence: analysis.operatingConfidence, analysis: analysis.options)
        else { return }
        let dataset = evaluation.input.dataset
        let record = dataset.images[row]
        // A picture that is not there leaves its boxes, and a note in the caption.
        let picture = try? EmbeddedPicture(
            path: dataset.imagePath(ofImage: row), width: record.width, height: record.height,
            side: options.pictureSide, quality: options.pictureQuality)
        ImagePanel(evaluation: evaluation, outcomes: outcomes, errors: errors, row: row, picture: picture)
            .write(to: &gallery)
    }

    private func writeLegend(to section: inout Markup) {
        section.element("ul", ["class": "legend"]) { list in
            for (kind, meaning) in [
                ("right", "right: solid"), ("wrong", "wrong: dashed"), ("missed", "missed object: dotted"),
            ] {
                list.element("li") { item in
                    item.element("svg", ["class": "swatch", "viewBox": "0 0 34 12", "aria-hidden": "true"]) {
                        $0.empty("line", ["class": kind, "x1": "3", "y1": "6", "x2": "31", "y2": "6"])
                    }
                    item.write(meaning)
                }
            }
        }
    }
}
