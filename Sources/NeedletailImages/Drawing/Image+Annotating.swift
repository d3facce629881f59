import NeedletailGeometry
import NeedletailPlatform

extension Image {
    /// The image with boxes and labels drawn over it, as RGB.
    ///
    /// Lines and letters grow with the image, so they look alike when it is shown at any size. Every outline
    /// has a dark halo and every label a tag of its own, so both are seen on any background. Labels stay
    /// inside the image and avoid each other; earlier boxes choose first. Boxes without area are left out.
    public func annotated(with boxes: [LabeledBox]) -> Image {
        var copy = self
        copy.annotate(with: boxes)
        return copy
    }

    /// Draws boxes and labels over the image, which is RGB then; see ``annotated(with:)``.
    ///
    /// Where nobody else holds the image, its pixels are changed in place.
    public mutating func annotate(with boxes: [LabeledBox]) {
        let (width, height) = (width, height)
        let visible = boxes.filter { shows($0.box) }
        var canvas = Canvas(taken())
        defer { self = canvas.image }
        let sheet = AnnotationSheet(width: width, height: height)
        // Small boxes over large ones.
        let ordered = visible.sorted { $0.box.area > $1.box.area }
        let areHidden = ordered.map { sheet.isHidden($0, on: canvas.image) }
        for (labeled, isHidden) in zip(ordered, areHidden) { sheet.outline(labeled, isHidden: isHidden, on: &canvas) }
        sheet.label(visible, on: &canvas)
    }

    /// The image, of which nothing stays here, so that it has a single holder.
    private mutating func taken() -> Image {
        let all = self
        self = Image(width: 1, height: 1)
        return all
    }

    /// Whether any of a box lies on the image.
    func shows(_ box: Box) -> Bool {
        box.hasArea && box.clipped(toWidth: Double(width), height: Double(height)).hasArea
    }

    /// The image with one box drawn over it; see `annotated(with:)`.
    public mutating func draw(box: Box, label: String = "", color: Color, style: LabeledBox.Style = .detection) {
        annotate(with: [LabeledBox(box: box, label: label, color: color, style: style)])
    }

    /// Writes a line of text with the upper left corner of its first capital near (`x`, `y`).
    ///
    /// - Parameter height: Of a capital letter, in pixels; multiples of 10 look crispest.
    public mutating func draw(text: String, x: Int, y: Int, height: Int, color: Color) {
        let mask = TextMask(text, unit: Float(height) / 10)
        var canvas = Canvas(self)
        canvas.write(mask, left: x, top: y - (mask.baseline - height), color: color)
        self = canvas.image
    }
}

/// Sizes of lines and letters for one image, and the drawing that uses them.
private struct AnnotationSheet {
    let width: Int
    let height: Int
    /// Pixels a tenth of a capital's height.
    let unit: Float
    let thickness: Float

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        let side = (Float(width) * Float(height)).squareRoot()
        let natural = side / 560
        // Letters are crispest at whole and half sizes; under 0.8 they cannot be read.
        unit = natural < 0.9 ? 0.8 : natural < 1.25 ? 1 : (natural * 2).rounded() / 2
        thickness = max(2, (unit * 1.9).rounded())
    }

    /// - Parameter isHidden: As ``isHidden(_:on:)`` has it: such a line is seen by what surrounds it.
    func outline(_ labeled: LabeledBox, isHidden: Bool, on canvas: inout Canvas) {
        let line = thickness(of: labeled)
        let outer = edge(of: labeled)
        let halo = max(1, (line / (isHidden ? 2 : 4)).rounded())
        let dash: (Float, Float)? = labeled.style == .crowd ? (line * 4, line * 3) : nil
        let radius = min(line, outer.width / 4, outer.height / 4)
        canvas.stroke(
            outer.inset(by: -halo), thickness: line + 2 * halo, radius: radius + halo,
            color: isHidden ? labeled.color.contrasting : .black, opacity: isHidden ? 0.9 : 0.45, dash: dash)
        canvas.stroke(outer, thickness: line, radius: radius, color: labeled.color, dash: dash)
    }

    /// Whether much of what lies under an outline has nearly the outline's colour.
    ///
    /// - Precondition: The image is RGB.
    func isHidden(_ labeled: LabeledBox, on ground: Image) -> Bool {
        let outer = edge(of: labeled)
        let steps = 24
        var alike = 0
        for step in 0..<4 * steps {
            let share = (Float(step % steps) + 0.5) / Float(steps)
            let (across, down): (Float, Float) =
                switch step / steps {
                case 0: (share, 0)
                case 1: (share, 1)
                case 2: (0, share)
                default: (1, share)
                }
            let x = Int(saturating: outer.left + across * (outer.width - 1))
            let y = Int(saturating: outer.top + down * (outer.height - 1))
            let (column, row) = (min(max(x, 0), width - 1), min(max(y, 0), height - 1))
            let pixel = Color(
                red: ground[row: row, column: column, channel: 0], green: ground[row: row, column: column, channel: 1],
                blue: ground[row: row, column: column, channel: 2])
            if pixel.distance(to: labeled.color) < Self.similarDistance { alike += 1 }
        }
        return alike > steps
    }

    /// Of Riemersma's measure: a line this near to its ground is hard to see.
    private static let similarDistance: Float = 150

    func label(_ boxes: [LabeledBox], on canvas: inout Canvas) {
        var placement = LabelPlacement(width: width, height: height)
        let edges = boxes.map(edge)
        var tags: [Tag] = []
        for (index, labeled) in boxes.enumerated() where !labeled.label.isEmpty {
            // Smaller letters for objects that a tag would hide.
            let isSmall = edges[index].area.squareRoot() < 50 * unit
            let unit = isSmall ? max(0.8, self.unit * 0.8) : self.unit
            let padding = (2 * unit).rounded(.up)
            let text = fitted(labeled.label, unit: unit, within: Float(width) - 2 * padding)
            let others = edges.indices.filter { $0 != index }.map { edges[$0] }
            // Descenders need less room under them than capitals above.
            let place = placement.place(
                width: Float(text.width) + 2 * padding, height: Float(text.height) + padding, box: edges[index],
                others: others, isBelow: labeled.style == .groundTruth)
            tags.append(Tag(labeled: labeled, text: text, unit: unit, padding: padding, place: place))
            join(place, to: edges[index], color: labeled.color, on: &canvas)
        }
        for tag in tags { paint(tag, on: &canvas) }
    }

    private struct Tag {
        var labeled: LabeledBox
        var text: TextMask
        var unit: Float
        var padding: Float
        var place: Canvas.Rectangle
    }

    private func paint(_ tag: Tag, on canvas: inout Canvas) {
        let radius = 1.5 * tag.unit, color = tag.labeled.color
        let isTruth = tag.labeled.style == .groundTruth
        canvas.fill(tag.place.inset(by: -max(1, tag.unit * 0.7)), radius: radius * 1.4, color: .black, opacity: 0.35)
        canvas.fill(
            tag.place, radius: radius, color: isTruth ? Color(0x14181D) : color, opacity: isTruth ? 0.82 : 1)
        canvas.write(
            tag.text, left: Int(saturating: tag.place.left + tag.padding),
            top: Int(saturating: tag.place.top + tag.padding),
            color: isTruth ? color.readableOnDark : color.contrasting)
    }

    /// A line from a tag to its box, where the two do not touch.
    private func join(_ tag: Canvas.Rectangle, to box: Canvas.Rectangle, color: Color, on canvas: inout Canvas) {
        let line = max(1, (thickness / 2).rounded())
        let x = min(max(box.left, tag.left + 2 * line), tag.right - 3 * line)
        let gap =
            tag.bottom < box.top
            ? Canvas.Rectangle(left: x, top: tag.bottom, right: x + line, bottom: box.top + line)
            : Canvas.Rectangle(left: x, top: box.bottom - line, right: x + line, bottom: tag.top)
        guard gap.height > line else { return }
        canvas.fill(gap.inset(by: -line / 2), color: .black, opacity: 0.35)
        canvas.fill(gap, color: color)
    }

    /// The text, shortened with an ellipsis until it fits.
    private func fitted(_ label: String, unit: Float, within limit: Float) -> TextMask {
        let line = String(label.map { $0.isNewline || $0 == "\t" ? " " : $0 }.prefix(200))
        var mask = TextMask(line, unit: unit)
        var kept = line
        while Float(mask.width) > limit && kept.count > 1 {
            // Proportionally first, then letter by letter.
            let share = Int(saturating: Float(kept.count) * limit / Float(mask.width))
            kept = String(kept.prefix(max(1, min(kept.count - 1, share))))
            mask = TextMask(kept + "…", unit: unit)
        }
        return mask
    }

    private func thickness(of labeled: LabeledBox) -> Float {
        let line = labeled.style == .groundTruth ? max(1, (thickness / 2).rounded()) : thickness
        // A line must not fill the box it surrounds.
        let side = Float(min(labeled.box.width, labeled.box.height))
        return max(1, min(line, (side / 6).rounded()))
    }

    /// The outer edge of the outline: centred on the box's edge, on whole pixels, inside the image.
    private func edge(of labeled: LabeledBox) -> Canvas.Rectangle {
        let box = labeled.box.clipped(toWidth: Double(width), height: Double(height))
        let line = thickness(of: labeled)
        let half = (line / 2).rounded(.down)
        let left = max(0, Float(box.x).rounded() - half), top = max(0, Float(box.y).rounded() - half)
        let right = min(Float(width), Float(box.x2).rounded() + half)
        let bottom = min(Float(height), Float(box.y2).rounded() + half)
        return Canvas.Rectangle(
            left: min(left, Float(width) - 1), top: min(top, Float(height) - 1), right: max(right, left + 1),
            bottom: max(bottom, top + 1))
    }
}
