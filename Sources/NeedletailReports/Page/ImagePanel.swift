import NeedletailEvaluation
import NeedletailGeometry

/// One image with its right, wrong and missed boxes, as a figure.
struct ImagePanel {
    let evaluation: DetectionEvaluation
    let outcomes: ImageOutcomes
    let errors: ImageErrors
    /// The row of the image in its dataset.
    let row: Int
    let picture: EmbeddedPicture?

    private static let mostListed = 60

    func write(to markup: inout Markup) {
        let record = evaluation.input.dataset.images[row]
        let (width, height) = size
        markup.element("figure") { figure in
            figure.element("div", ["class": "photo"]) { photo in
                photo.element(
                    "svg",
                    [
                        "viewBox": "0 0 \(width.fixed(0)) \(height.fixed(0))", "role": "img",
                        "aria-label": "\(record.fileName): \(summary)",
                    ]
                ) { svg in
                    if let picture {
                        svg.empty(
                            "image", ["href": picture.address, "width": width.fixed(0), "height": height.fixed(0)])
                    }
                    writeBoxes(to: &svg, width: width, height: height)
                }
            }
            figure.element("figcaption") { caption in
                caption.element("b", record.fileName)
                caption.empty("br")
                caption.write(summary)
                if picture == nil { caption.element("span", ["class": "soft"], " (picture not available)") }
                writeList(to: &caption)
            }
        }
    }

    private var summary: String {
        let kinds = ErrorKind.allCases.compactMap { kind -> String? in
            guard let count = errors.falsePositives[kind], count > 0 else { return nil }
            return "\(count) \(kind.noun)"
        }
        let wrong = kinds.isEmpty ? "" : " (\(kinds.joined(separator: ", ")))"
        return "\(errors.truePositives) right, \(errors.falsePositiveCount) wrong\(wrong), "
            + "\(errors.falseNegatives) missed"
    }

    /// The picture's, the annotated one, or what the boxes need.
    private var size: (width: Double, height: Double) {
        if let picture { return (Double(picture.width), Double(picture.height)) }
        let record = evaluation.input.dataset.images[row]
        if record.hasSize { return (Double(record.width), Double(record.height)) }
        let boxes =
            outcomes.hits.map(\.detection.box) + outcomes.mistakes.map(\.detection.box) + outcomes.missed.map(\.box)
        return (max(boxes.map(\.x2).max() ?? 1, 1), max(boxes.map(\.y2).max() ?? 1, 1))
    }

    private func writeBoxes(to svg: inout Markup, width: Double, height: Double) {
        // Solid lines first: those over them have gaps, so that a wrong box hides no right one.
        let right = outcomes.hits.map { ("right", $0.detection.box, text($0.detection), text($0.detection)) }
        let wrong = outcomes.mistakes.map { ("wrong", $0.detection.box, text($0), text($0.detection)) }
        let missed = outcomes.missed.map { truth in
            let name = evaluation.name(truth.categoryID)
            return ("missed", truth.box, name, name)
        }
        let boxes = right + wrong + missed
        func draw(_ kind: String, _ box: Box, _ title: String?) {
            svg.element(
                "rect",
                [
                    "class": kind, "x": box.x.fixed(1), "y": box.y.fixed(1), "width": box.width.fixed(1),
                    "height": box.height.fixed(1),
                ]
            ) { rect in
                if let title { rect.element("title", title) }
            }
        }
        for (_, box, _, _) in boxes { draw("halo", box, nil) }
        for (kind, box, title, _) in boxes { draw(kind, box, "\(kind): \(title)") }
        // What is wrong has the first choice of places.
        var labels = PanelLabels(width: width, height: height)
        for (kind, box, _, label) in wrong + missed + right { labels.place(label, beside: box, kind: kind) }
        // Above all boxes, so that none crosses them.
        labels.write(to: &svg)
    }

    private func writeList(to markup: inout Markup) {
        guard !outcomes.mistakes.isEmpty || !outcomes.missed.isEmpty else { return }
        let lines =
            outcomes.mistakes.map { "Wrong: \(text($0))" }
            + outcomes.missed.map { "Missed: \(evaluation.name($0.categoryID)) at \(place($0.box))" }
        markup.element("details") { details in
            details.element("summary", "What is wrong, box by box")
            details.element("ul") { list in
                for line in lines.prefix(Self.mostListed) { list.element("li", line) }
                if lines.count > Self.mostListed { list.element("li", "and \(lines.count - Self.mostListed) more") }
            }
        }
    }

    private func text(_ detection: Detection) -> String {
        "\(evaluation.name(detection.categoryID)) \(detection.score.fixed(2))"
    }

    private func text(_ mistake: ImageOutcomes.Mistake) -> String {
        var text = "\(text(mistake.detection)) at \(place(mistake.detection.box)), \(mistake.kind.noun)"
        if mistake.kind == .classification, let truth = mistake.groundTruth {
            text += ": it is \(evaluation.name(truth.categoryID))"
        }
        return text
    }

    private func place(_ box: Box) -> String {
        "\(box.x.fixed(0)), \(box.y.fixed(0)) (\(box.width.fixed(0)) x \(box.height.fixed(0)))"
    }
}

/// The labels of boxes, as many as can be read: each at the first place beside its box where none is yet.
private struct PanelLabels {
    let width: Double
    private let letter: Double
    private let height: Double
    private var labels: [(text: String, kind: String, x: Double, y: Double, isRight: Bool, place: Box)] = []

    init(width: Double, height: Double) {
        self.width = width
        self.height = height
        letter = max(width, height) / 26
    }

    mutating func place(_ text: String, beside box: Box, kind: String) {
        let length = Double(text.count) * letter * 0.62
        let isRight = max(box.x, 0) + length > width
        let x = isRight ? min(box.x2, width) : max(box.x, 0)
        let lines = [
            box.y - letter * 0.3, box.y2 + letter * 1.05, max(box.y, 0) + letter * 1.1, box.y2 - letter * 0.4,
            box.y + box.height / 2,
        ]
        for y in lines where y >= letter && y <= height {
            let place = Box(x: isRight ? x - length : x, y: y - letter, width: length, height: letter * 1.2)
            let isTaken = labels.contains { label in
                place.x < label.place.x2 && label.place.x < place.x2 && place.y < label.place.y2
                    && label.place.y < place.y2
            }
            guard !isTaken else { continue }
            labels.append((text, kind, x, y, isRight, place))
            return
        }
    }

    func write(to svg: inout Markup) {
        for label in labels {
            svg.element(
                "text",
                [
                    "class": "\(label.kind)-label", "x": label.x.fixed(1), "y": label.y.fixed(1),
                    "style": "font-size:\(letter.fixed(1))px",
                    "text-anchor": label.isRight ? "end" : "start",
                ], label.text)
        }
    }
}

extension ErrorKind {
    /// What people call it.
    var noun: String {
        switch self {
        case .classification: "wrong class"
        case .localization: "loose box"
        case .both: "wrong class and loose box"
        case .duplicate: "found twice"
        case .background: "nothing annotated there"
        case .missed: "missed"
        }
    }

    /// What it means, in a sentence.
    var meaning: String {
        switch self {
        case .classification: "The box lies on an object of another class."
        case .localization: "The class is right, but the box overlaps the object by less than half."
        case .both: "The box is loose and the class another one."
        case .duplicate: "A more confident detection has found the object already."
        case .background: "The box lies where nothing is annotated."
        case .missed: "Nothing at all points at the object."
        }
    }
}
