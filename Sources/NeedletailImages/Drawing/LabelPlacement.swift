/// Finds places for labels beside their boxes, inside the image and off each other where that is possible.
struct LabelPlacement {
    let width: Float
    let height: Float
    /// Tags placed so far.
    private var taken: [Canvas.Rectangle] = []

    init(width: Int, height: Int) {
        self.width = Float(width)
        self.height = Float(height)
    }

    /// A place for a tag of the given size, which later tags will avoid.
    ///
    /// - Parameters:
    ///   - box: The outline's outer edge.
    ///   - others: Boxes that are better not covered.
    ///   - isBelow: Whether a place under the box is preferred to one over it.
    mutating func place(
        width tagWidth: Float, height tagHeight: Float, box: Canvas.Rectangle, others: [Canvas.Rectangle], isBelow: Bool
    ) -> Canvas.Rectangle {
        let above = box.top - tagHeight, below = box.bottom
        let left = box.left, right = box.right - tagWidth
        let outside: [(Float, Float)] = [(left, above), (right, above)], under = [(left, below), (right, below)]
        let inside: [(Float, Float)] = [(left, box.top), (right, box.top)]
        let insideUnder: [(Float, Float)] = [(left, box.bottom - tagHeight), (right, box.bottom - tagHeight)]
        let beside: [(Float, Float)] = [
            (box.right, box.top), (box.left - tagWidth, box.top), (box.right, box.bottom - tagHeight),
            (box.left - tagWidth, box.bottom - tagHeight),
        ]
        // Further off where objects crowd, to be joined to the box by a line.
        let away: [(Float, Float)] = (1...4).flatMap { step -> [(Float, Float)] in
            let distance = Float(step) * (tagHeight + 2)
            return [
                (left, above - distance), (left, below + distance), (right, above - distance),
                (right, below + distance),
            ]
        }
        let near = isBelow ? under + insideUnder + outside + inside : outside + inside + under + insideUnder
        let corners = near + beside + away

        var best: (cost: Float, place: Canvas.Rectangle)?
        for (rank, corner) in corners.enumerated() {
            let x = max(0, min(corner.0, width - tagWidth)).rounded()
            let y = max(0, min(corner.1, height - tagHeight)).rounded()
            let place = Canvas.Rectangle(left: x, top: y, right: x + tagWidth, bottom: y + tagHeight)
            let area = place.area
            var cost = Float(rank) * 0.04 + (abs(x - corner.0) + abs(y - corner.1)) / (tagWidth + tagHeight)
            for other in taken { cost += 12 * place.overlap(with: other) / area }
            // Hiding much of a small box is worse than lying over the edge of a large one.
            for other in others where other.area > 0 {
                cost += 0.8 * place.overlap(with: other) / min(other.area, area * 8)
            }
            if best.map({ cost < $0.cost }) ?? true { best = (cost, place) }
        }
        let place = best?.place ?? Canvas.Rectangle(left: 0, top: 0, right: tagWidth, bottom: tagHeight)
        taken.append(place)
        return place
    }
}
