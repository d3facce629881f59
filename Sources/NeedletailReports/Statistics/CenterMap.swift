/// Where in their images the centres of boxes lie: the more, the stronger the colour.
struct CenterMap {
    /// Rows from the top of columns from the left.
    var counts: [[Int]]

    private static let cell = 20

    func write(to markup: inout Markup) {
        let side = counts.count * Self.cell
        let most = Double(max(counts.joined().max() ?? 0, 1))
        markup.element(
            "svg",
            [
                "class": "map", "viewBox": "0 0 \(side) \(side)", "role": "img",
                "aria-label": "Centres of boxes in their images",
            ]
        ) { svg in
            svg.element("title", "Centres of boxes in their images")
            for (y, row) in counts.enumerated() {
                for (x, count) in row.enumerated() where count > 0 {
                    svg.element(
                        "rect",
                        [
                            "class": "heat", "x": "\(x * Self.cell)", "y": "\(y * Self.cell)",
                            "width": "\(Self.cell)", "height": "\(Self.cell)",
                            "style": "--v:\((Double(count) / most).fixed(3))",
                        ]
                    ) { $0.element("title", "\(count)") }
                }
            }
            svg.empty("rect", ["class": "frame", "x": "0", "y": "0", "width": "\(side)", "height": "\(side)"])
        }
    }
}
