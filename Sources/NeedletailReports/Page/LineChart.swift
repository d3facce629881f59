/// A chart of lines over numbers from 0 to 1, or over another range in x.
struct LineChart {
    struct Series {
        var name: String
        /// Ascending in x; y from 0 to 1.
        var points: [(x: Double, y: Double)]
    }

    var title: String
    var xLabel: String
    var yLabel: String
    var series: [Series]
    var xRange: ClosedRange<Double> = 0...1
    /// A place to point out, with what to write beside it.
    var mark: (x: Double, y: Double, label: String)?

    private static let (width, height) = (440.0, 300.0)
    private static let (left, right, top, bottom) = (52.0, 14.0, 12.0, 46.0)
    private static let mostPoints = 240

    func write(to markup: inout Markup) {
        let viewBox = "0 0 \(Self.width.fixed(0)) \(Self.height.fixed(0))"
        markup.element("svg", ["viewBox": viewBox, "role": "img", "aria-label": description]) { svg in
            svg.element("title", title)
            for step in 0...5 {
                let share = Double(step) / 5
                line(&svg, "grid", from: (xRange.value(at: share), 0), to: (xRange.value(at: share), 1))
                line(&svg, "grid", from: (xRange.lowerBound, share), to: (xRange.upperBound, share))
                svg.element(
                    "text",
                    [
                        "x": x(xRange.value(at: share)).fixed(1), "y": (Self.height - Self.bottom + 18).fixed(1),
                        "text-anchor": "middle",
                    ],
                    xRange.value(at: share).fixed(
                        xRange.width > 20 ? 0 : xRange.width > 2 ? 1 : xRange.width < 0.5 ? 2 : 1))
                svg.element(
                    "text", ["x": (Self.left - 8).fixed(1), "y": (y(share) + 4.5).fixed(1), "text-anchor": "end"],
                    share.fixed(1))
            }
            line(&svg, "axis", from: (xRange.lowerBound, 0), to: (xRange.upperBound, 0))
            svg.element(
                "text",
                [
                    "class": "label", "x": ((Self.left + Self.width - Self.right) / 2).fixed(1),
                    "y": (Self.height - 8).fixed(1), "text-anchor": "middle",
                ], xLabel)
            let middle = y(0.5).fixed(1)
            svg.element(
                "text",
                [
                    "class": "label", "x": "12", "y": middle, "text-anchor": "middle",
                    "transform": "rotate(-90 12 \(middle))",
                ], yLabel)
            for (index, series) in series.enumerated() {
                let points = thinned(series.points).map { "\(x($0.x).fixed(1)),\(y($0.y).fixed(1))" }
                svg.element(
                    "polyline", ["class": "series s\(index % 4 + 1)", "points": points.joined(separator: " ")]
                ) { $0.element("title", series.name) }
            }
            if let mark { write(mark, to: &svg) }
        }
        Self.writeLegend(series.map(\.name), to: &markup)
    }

    private func write(_ mark: (x: Double, y: Double, label: String), to svg: inout Markup) {
        line(&svg, "mark", from: (mark.x, 0), to: (mark.x, 1))
        svg.empty("circle", ["class": "dot", "cx": x(mark.x).fixed(1), "cy": y(mark.y).fixed(1), "r": "4.5"])
        let isLeft = mark.x > xRange.value(at: 0.55)
        svg.element(
            "text",
            [
                "class": "label", "x": (x(mark.x) + (isLeft ? -8 : 8)).fixed(1), "y": (y(0) - 10).fixed(1),
                "text-anchor": isLeft ? "end" : "start",
            ], mark.label)
    }

    /// The line styles with their names, in the order of ``series``.
    static func writeLegend(_ names: [String], to markup: inout Markup) {
        markup.element("ul", ["class": "legend"]) { list in
            for (index, name) in names.enumerated() {
                list.element("li") { item in
                    item.element("svg", ["viewBox": "0 0 34 12", "aria-hidden": "true"]) {
                        $0.empty(
                            "line", ["class": "series s\(index % 4 + 1)", "x1": "1", "y1": "6", "x2": "33", "y2": "6"])
                    }
                    item.write(name)
                }
            }
        }
    }

    /// What a person hears who cannot see the lines.
    private var description: String {
        let names = series.map(\.name).joined(separator: ", ")
        return "\(title): \(yLabel) over \(xLabel). Lines: \(names).\(mark.map { " \($0.label)." } ?? "")"
    }

    private func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
        guard points.count > Self.mostPoints else { return points }
        return (0..<Self.mostPoints).map { points[$0 * (points.count - 1) / (Self.mostPoints - 1)] }
    }

    private func line(
        _ svg: inout Markup, _ kind: String, from start: (Double, Double), to end: (Double, Double)
    ) {
        svg.empty(
            "line",
            [
                "class": kind, "x1": x(start.0).fixed(1), "y1": y(start.1).fixed(1), "x2": x(end.0).fixed(1),
                "y2": y(end.1).fixed(1),
            ])
    }

    private func x(_ value: Double) -> Double {
        let share = xRange.width > 0 ? (value - xRange.lowerBound) / xRange.width : 0
        return Self.left + min(max(share, 0), 1) * (Self.width - Self.left - Self.right)
    }

    private func y(_ value: Double) -> Double {
        Self.height - Self.bottom - min(max(value, 0), 1) * (Self.height - Self.top - Self.bottom)
    }
}

extension ClosedRange<Double> {
    var width: Double { upperBound - lowerBound }

    func value(at share: Double) -> Double { lowerBound + share * width }
}
