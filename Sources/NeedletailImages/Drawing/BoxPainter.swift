import NeedletailGeometry

/// Boxes as they are drawn: every class in its colour.
package struct BoxPainter {
    private let colors: [String: Color]

    package init(names: [String]) {
        colors = Dictionary(
            zip(names, Color.distinct(forClasses: names)), uniquingKeysWith: { first, _ in first })
    }

    private func color(_ name: String) -> Color { colors[name] ?? Color.forClass(name) }

    package func detection(_ detection: Detection, name: String) -> LabeledBox {
        let percent = Int((detection.score * 100).rounded())
        let score = percent >= 100 ? "1.00" : "0.\(percent < 10 ? "0" : "")\(percent)"
        return LabeledBox(box: detection.box, label: "\(name) \(score)", color: color(name))
    }

    package func annotation(_ box: Box, name: String, isCrowd: Bool) -> LabeledBox {
        LabeledBox(box: box, label: name, color: color(name), style: isCrowd ? .crowd : .groundTruth)
    }
}
