import NeedletailGeometry
import NeedletailPlatform

/// Boxes as they are drawn: every class in its colour and under its name, or under its number where no font has
/// letters of the name.
package struct BoxPainter {
    private let colors: [String: Color]
    /// What is written for names that cannot be.
    private let substitutes: [String: String]
    /// Says which names cannot be written and what stands for them; nil when all can.
    package let notice: String?

    /// - Parameter numbers: What datasets and detectors call the classes by, one for each name.
    package init(names: [String], numbers: [Int], fonts: SystemFonts = .shared) {
        colors = Dictionary(
            zip(names, Color.distinct(forClasses: names)), uniquingKeysWith: { first, _ in first })
        let unwritable = zip(names, numbers).filter { !TextMask.canWrite($0.0, fonts: fonts) }.map {
            ($0, "class \($1)")
        }
        substitutes = Dictionary(unwritable) { first, _ in first }
        guard !unwritable.isEmpty else {
            notice = nil
            return
        }
        notice =
            "\(unwritable.count) of \(names.count) class names have letters that "
            + (SystemFonts.isAvailable
                ? "no font on this machine has; " : "are drawn with FreeType, which is not installed (libfreetype); ")
            + "in pictures stands \(unwritable.map { "'\($1)' for \($0)" }.listed(10))"
    }

    private func color(_ name: String) -> Color { colors[name] ?? Color.forClass(name) }

    private func label(_ name: String) -> String { substitutes[name] ?? name }

    /// Whether a box is seen at all: one without area, or outside the image, is not.
    package func isDrawn(_ box: Box, on image: Image) -> Bool { image.shows(box) }

    package func detection(_ detection: Detection, name: String) -> LabeledBox {
        let percent = max(Int(saturating: (detection.score * 100).rounded()), 0)
        let score = percent >= 100 ? "1.00" : "0.\(percent < 10 ? "0" : "")\(percent)"
        return LabeledBox(box: detection.box, label: "\(label(name)) \(score)", color: color(name))
    }

    package func annotation(_ box: Box, name: String, isCrowd: Bool) -> LabeledBox {
        LabeledBox(box: box, label: label(name), color: color(name), style: isCrowd ? .crowd : .groundTruth)
    }
}
