import NeedletailCuration

/// Suggested anchors over each other, around one centre.
struct AnchorDrawing {
    let anchors: SuggestedAnchors

    func write(to markup: inout Markup) {
        let widest = anchors.anchors.map(\.width).max() ?? 1
        let highest = anchors.anchors.map(\.height).max() ?? 1
        let side = max(widest, highest) * 1.06
        markup.element(
            "svg",
            [
                "class": "map", "viewBox": "0 0 \(side.fixed(1)) \(side.fixed(1))", "role": "img",
                "aria-label": "The suggested anchors around one centre",
            ]
        ) { svg in
            svg.element("title", "The suggested anchors around one centre")
            svg.empty("rect", ["class": "frame", "x": "0", "y": "0", "width": side.fixed(1), "height": side.fixed(1)])
            for (index, anchor) in anchors.anchors.enumerated() {
                svg.element(
                    "rect",
                    [
                        "class": "anchor \(LineChart.style(index))", "x": ((side - anchor.width) / 2).fixed(2),
                        "y": ((side - anchor.height) / 2).fixed(2), "width": anchor.width.fixed(2),
                        "height": anchor.height.fixed(2),
                    ]
                ) { $0.element("title", "\(anchor.width.fixed(1)) x \(anchor.height.fixed(1))") }
            }
        }
    }
}
