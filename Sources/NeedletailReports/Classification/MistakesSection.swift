import NeedletailEvaluation

/// The pictures that are most confidently taken for what they are not.
struct MistakesSection {
    let evaluation: ClassificationEvaluation
    let count: Int

    private static let pictureSide = 320
    private static let pictureQuality = 80

    func write(to markup: inout Markup) {
        let mistakes = evaluation.pictures.mistakes
        guard !mistakes.isEmpty else { return }
        markup.element("section", ["aria-labelledby": "mistakes"]) { section in
            section.element("h2", ["id": "mistakes"], "The most confident mistakes")
            section.element(
                "p", ["class": "soft"],
                "\(mistakes.count) of \(evaluation.pictures.count) pictures are taken for what they are not. The first of them "
                    + "often show what is labelled wrongly.")
            section.element("div", ["class": "multiples"]) { gallery in
                for picture in mistakes.prefix(count) { write(picture, to: &gallery) }
            }
        }
    }

    private func write(_ picture: ClassifiedPicture, to gallery: inout Markup) {
        let names = evaluation.metrics.classes
        let said = "\(names[picture.predicted].name) \(Double(picture.confidence).fixed(2))"
        let copy = (try? evaluation.dataset.items[picture.row].image(minimumSide: Self.pictureSide)).flatMap {
            try? EmbeddedPicture($0, side: Self.pictureSide, quality: Self.pictureQuality)
        }
        gallery.element("figure") { figure in
            if let copy {
                figure.element("div", ["class": "photo"]) {
                    $0.element(
                        "svg",
                        ["viewBox": "0 0 \(copy.width) \(copy.height)", "role": "img", "aria-label": picture.name]
                    ) {
                        $0.empty(
                            "image",
                            ["href": copy.address, "width": "\(copy.width)", "height": "\(copy.height)"])
                    }
                }
            }
            figure.element("figcaption") { caption in
                caption.element("b", said)
                caption.write(", is \(evaluation.names(picture.labels))")
                caption.empty("br")
                caption.element("span", ["class": "soft"], picture.name)
            }
        }
    }
}
