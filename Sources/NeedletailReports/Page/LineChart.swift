import NeedletailCharts
import NeedletailImages

/// A chart of lines over numbers from 0 to 1, or over other ranges.
struct LineChart {
    struct Series {
        var name: String
        /// Ascending in x; y from 0 to the top of the chart.
        var points: [(x: Double, y: Double)]
    }

    var title: String
    var xLabel: String
    var yLabel: String
    var series: [Series]
    var xRange: ClosedRange<Double> = 0...1
    /// Numbers along x; six at equal distances unless given.
    var xTicks: AxisTicks?
    /// Numbers along y, from 0; without them y goes to 1.
    var yTicks: AxisTicks?
    /// A place to point out, with what to write beside it.
    var mark: (x: Double, y: Double, label: String)?

    private static let (width, height) = (440.0, 300.0)
    private static let (right, top, bottom) = (14.0, 12.0, 52.0)
    private static let mostPoints = 240
    /// The class of a line of that number. Six differ in colour and dashes: as many as there are losses of a detector, with
    /// their sum and that of validation.
    static func style(_ index: Int) -> String { "s\(index % 6 + 1)" }

    func write(to markup: inout Markup) {
        let viewBox = "0 0 \(Self.width.fixed(0)) \(Self.height.fixed(0))"
        markup.element("svg", ["viewBox": viewBox, "role": "img", "aria-label": description]) { svg in
            svg.element("title", title)
            for (value, label) in xMarks {
                line(&svg, "grid", from: (value, 0), to: (value, yTop))
                svg.element(
                    "text",
                    [
                        "x": x(value).fixed(1), "y": (Self.height - Self.bottom + 22).fixed(1), "text-anchor": "middle",
                    ], label)
            }
            for (value, label) in yMarks {
                line(&svg, "grid", from: (xRange.lowerBound, value), to: (xRange.upperBound, value))
                svg.element(
                    "text", ["x": (left - 8).fixed(1), "y": (y(value) + 3.5).fixed(1), "text-anchor": "end"],
                    label)
            }
            line(&svg, "axis", from: (xRange.lowerBound, 0), to: (xRange.upperBound, 0))
            svg.element(
                "text",
                [
                    "class": "label", "x": ((left + Self.width - Self.right) / 2).fixed(1),
                    "y": (Self.height - 8).fixed(1), "text-anchor": "middle",
                ], xLabel)
            let middle = y(yTop / 2).fixed(1)
            svg.element(
                "text",
                [
                    "class": "label", "x": "12", "y": middle, "text-anchor": "middle",
                    "transform": "rotate(-90 12 \(middle))",
                ], yLabel)
            for (index, series) in series.enumerated() {
                let points = thinned(series.points).map { "\(x($0.x).fixed(1)),\(y($0.y).fixed(1))" }
                svg.element(
                    "polyline", ["class": "series \(Self.style(index))", "points": points.joined(separator: " ")]
                ) { $0.element("title", series.name) }
            }
            if let mark { write(mark, to: &svg) }
        }
        Self.writeLegend(series.map(\.name), to: &markup)
    }

    /// Room for the numbers of the y axis and its name.
    private var left: Double { ChartMargin.left(yMarks.map(\.label)) }

    /// The highest number of the y axis.
    private var yTop: Double { yTicks?.range.upperBound ?? 1 }

    private var xMarks: [(value: Double, label: String)] {
        if let xTicks { return zip(xTicks.values, xTicks.labels).map { ($0, $1) } }
        let digits = xRange.width > 20 ? 0 : xRange.width > 2 ? 1 : xRange.width < 0.5 ? 2 : 1
        return Self.shares.map { (xRange.value(at: $0), xRange.value(at: $0).fixed(digits)) }
    }

    private var yMarks: [(value: Double, label: String)] {
        if let yTicks { return zip(yTicks.values, yTicks.labels).map { ($0, $1) } }
        return Self.shares.map { ($0, $0.fixed(1)) }
    }

    private static let shares = (0...5).map { Double($0) / 5 }

    private func write(_ mark: (x: Double, y: Double, label: String), to svg: inout Markup) {
        line(&svg, "mark", from: (mark.x, 0), to: (mark.x, yTop))
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
                            "line",
                            ["class": "series \(Self.style(index))", "x1": "1", "y1": "6", "x2": "33", "y2": "6"])
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
        return left + min(max(share, 0), 1) * (Self.width - left - Self.right)
    }

    private func y(_ value: Double) -> Double {
        Self.height - Self.bottom - min(max(value / yTop, 0), 1) * (Self.height - Self.top - Self.bottom)
    }
}

/// Room beside charts for numbers and names, in the larger letters that narrow pages have.
enum ChartMargin {
    private static let letterWidth = 9.8

    /// A name that runs upward, and the longest number.
    static func left(_ labels: [String]) -> Double { 30 + letterWidth * Double(labels.map(\.count).max() ?? 0) }
}

extension ClosedRange<Double> {
    var width: Double { upperBound - lowerBound }

    func value(at share: Double) -> Double { lowerBound + share * width }
}
