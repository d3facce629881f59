import NeedletailCuration
import NeedletailSystem

/// How large boxes are, of what shape, and where they lie.
struct StatisticsBoxesSection {
    let statistics: DatasetStatistics
    let wording: Wording

    func write(to markup: inout Markup) {
        let statistics = statistics
        markup.element("section", ["aria-labelledby": "boxes"]) { section in
            section.element("h2", ["id": "boxes"], "Boxes")
            section.element("p", ["class": "soft"], summary)
            section.element("div", ["class": "pair"]) { pair in
                pair.chart(
                    BarChart(
                        "Sizes in pixels", of: statistics.sideHistogram, xLabel: "square root of the area, in pixels",
                        yLabel: "boxes"))
                pair.chart(
                    BarChart(
                        "Sizes in their images", of: statistics.relativeSideHistogram,
                        xLabel: "square root of the part of the image", yLabel: "boxes", digits: 2))
                pair.chart(
                    BarChart(
                        "Shapes", of: statistics.ratioHistogram, xLabel: "width over height", yLabel: "boxes",
                        digits: 2))
                pair.chart(
                    BarChart(
                        "Boxes an image", of: statistics.boxesPerImageHistogram, xLabel: "boxes", yLabel: "images",
                        isWhole: true))
                pair.element("figure") { figure in
                    CenterMap(counts: statistics.centers).write(to: &figure)
                    figure.element(
                        "figcaption",
                        "Where the centres of boxes lie in their images; the more, the stronger the colour.")
                }
            }
        }
    }

    private var summary: String {
        let total = Double(max(statistics.small + statistics.medium + statistics.large, 1))
        var text =
            "\((Double(statistics.small) / total).percent) small, \((Double(statistics.medium) / total).percent) medium, "
            + "\((Double(statistics.large) / total).percent) large by COCO's limits; half of the boxes have a side of "
            + "\(statistics.side.median.fixed(1)) pixels or less."
        if statistics.crowds > 0 { text += " \(statistics.crowds) crowds are not in the charts." }
        if statistics.unusableBoxes > 0 {
            text += " \(statistics.unusableBoxes) boxes are missing or have no area; \(wording(.check)) names them."
        }
        return text
    }
}

extension Markup {
    fileprivate mutating func chart(_ chart: BarChart) {
        element("figure") { figure in
            chart.write(to: &figure)
            figure.element("figcaption", chart.title)
        }
    }
}
