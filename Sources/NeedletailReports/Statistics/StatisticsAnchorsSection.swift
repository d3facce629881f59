import NeedletailCuration

/// Anchors for detectors that have them.
struct StatisticsAnchorsSection {
    let anchors: SuggestedAnchors

    func write(to markup: inout Markup) {
        guard !anchors.anchors.isEmpty else { return }
        markup.element("section", ["aria-labelledby": "anchors"]) { section in
            section.element("h2", ["id": "anchors"], "Suggested anchors")
            section.element(
                "p", ["class": "soft"],
                "k-means by overlap\(anchors.imageSide.map { ", in images whose longer side is \($0) pixels" } ?? ""): a box "
                    + "and its best anchor overlap by \(anchors.meanOverlap.fixed(3)) in the mean; "
                    + "\(anchors.shareAboveHalf.percent) of the boxes have one that overlaps by one half or more.")
            section.element("div", ["class": "pair"]) { pair in
                pair.element("div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Anchors"]) {
                    $0.element("table") { table in
                        table.head(["Anchor", "Width", "Height", "Width/height", "Boxes"])
                        table.element("tbody") { body in
                            for (index, anchor) in anchors.anchors.enumerated() {
                                body.element("tr") { row in
                                    row.element("th", ["scope": "row"], "\(index + 1)")
                                    row.number(anchor.width, digits: 1)
                                    row.number(anchor.height, digits: 1)
                                    row.number(anchor.width / anchor.height, digits: 2)
                                    row.number(anchor.boxes)
                                }
                            }
                        }
                    }
                }
                pair.element("figure") { figure in
                    AnchorDrawing(anchors: anchors).write(to: &figure)
                    figure.element("figcaption", "The anchors around one centre.")
                }
            }
        }
    }
}
