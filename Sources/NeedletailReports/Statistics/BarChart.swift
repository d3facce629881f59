import NeedletailCuration
import NeedletailPlatform

/// A chart of upright bars, one for each bin.
struct BarChart {
    var title: String
    var xLabel: String
    var yLabel: String
    var values: [Int]
    /// One for each bar, below it; or one more, at the edges between them.
    var labels: [String]

    private static let (width, height) = (440.0, 250.0)
    private static let (right, top, bottom) = (18.0, 12.0, 52.0)
    private static let floor = height - bottom
    private static let letterWidth = 9.8

    func write(to markup: inout Markup) {
        let scale = Scale(values.max() ?? 0)
        let viewBox = "0 0 \(Self.width.fixed(0)) \(Self.height.fixed(0))"
        markup.element("svg", ["viewBox": viewBox, "role": "img", "aria-label": description]) { svg in
            svg.element("title", title)
            writeGrid(scale, to: &svg)
            for (index, value) in values.enumerated() {
                let height = (Self.floor - Self.top) * Double(value) / scale.top
                svg.element(
                    "rect",
                    [
                        "class": "column", "x": (left + (Double(index) + 0.06) * slot).fixed(1),
                        "y": (Self.floor - height).fixed(1), "width": (slot * 0.88).fixed(1),
                        "height": height.fixed(1),
                    ]
                ) { $0.element("title", "\(name(ofBar: index)): \(value)") }
            }
            writeLabels(to: &svg)
        }
    }

    private var left: Double {
        let scale = Scale(values.max() ?? 0)
        return ChartMargin.left((0...scale.steps).map { Scale.short(scale.step * Double($0)) })
    }

    private var slot: Double { (Self.width - left - Self.right) / Double(max(values.count, 1)) }

    private func writeGrid(_ scale: Scale, to svg: inout Markup) {
        for step in 0...scale.steps {
            let y = Self.floor - (Self.floor - Self.top) * Double(step) / Double(scale.steps)
            svg.empty(
                "line",
                [
                    "class": step == 0 ? "axis" : "grid", "x1": left.fixed(1),
                    "x2": (Self.width - Self.right).fixed(1), "y1": y.fixed(1), "y2": y.fixed(1),
                ])
            svg.element(
                "text", ["x": (left - 8).fixed(1), "y": (y + 3.5).fixed(1), "text-anchor": "end"],
                Scale.short(scale.step * Double(step)))
        }
    }

    private func writeLabels(to svg: inout Markup) {
        let isAtEdges = labels.count > values.count
        let widest = Double(labels.map(\.count).max() ?? 0) * Self.letterWidth + 6
        let every = max(1, Int(saturating: (widest / slot).rounded(.up)))
        for (index, label) in labels.enumerated() where index % every == 0 {
            svg.element(
                "text",
                [
                    "x": (left + (Double(index) + (isAtEdges ? 0 : 0.5)) * slot).fixed(1),
                    "y": (Self.floor + 22).fixed(1), "text-anchor": "middle",
                ], label)
        }
        svg.element(
            "text",
            [
                "class": "label", "x": ((left + Self.width - Self.right) / 2).fixed(1),
                "y": (Self.height - 6).fixed(1), "text-anchor": "middle",
            ], xLabel)
        let middle = ((Self.top + Self.floor) / 2).fixed(1)
        svg.element(
            "text",
            [
                "class": "label", "x": "12", "y": middle, "text-anchor": "middle",
                "transform": "rotate(-90 12 \(middle))",
            ], yLabel)
    }

    private func name(ofBar index: Int) -> String {
        labels.count > values.count ? "\(labels[index]) to \(labels[index + 1])" : labels[index]
    }

    /// What a person hears who cannot see the bars.
    private var description: String {
        let total = values.reduce(0, +)
        guard let highest = values.indices.max(by: { values[$0] < values[$1] }), total > 0 else {
            return "\(title): empty"
        }
        return "\(title): \(yLabel) by \(xLabel). The most, \(values[highest]) of \(total), at \(name(ofBar: highest))."
    }

    /// An axis from 0 in steps of 1, 2 or 5 times a power of ten.
    struct Scale {
        let step: Double
        let steps: Int

        var top: Double { step * Double(steps) }

        init(_ most: Int) {
            let most = Double(max(most, 1))
            var step = 1.0
            while step * 5 < most {
                let digits = step / pow10(below: step)
                step *= digits == 2 ? 2.5 : 2
            }
            self.step = step
            steps = Int(saturating: (most / step).rounded(.up))
        }

        /// `12000` as `12k`.
        static func short(_ value: Double) -> String {
            func digits(_ value: Double) -> String { value == value.rounded() ? value.fixed(0) : value.fixed(1) }
            if value >= 1e6 { return digits(value / 1e6) + "M" }
            return value >= 1e4 ? digits(value / 1e3) + "k" : digits(value)
        }
    }
}

/// The greatest power of ten that is not above a number from 1 on.
private func pow10(below value: Double) -> Double {
    var power = 1.0
    while power * 10 <= value { power *= 10 }
    return power
}

extension BarChart {
    /// A chart of a histogram, without the bins at both ends that are empty.
    ///
    /// - Parameter isWhole: Whether values are whole numbers, so that a bin is told by its first and last.
    init(
        _ title: String, of histogram: Histogram, xLabel: String, yLabel: String, digits: Int = 0,
        isWhole: Bool = false
    ) {
        let used = histogram.counts.indices.filter { histogram.counts[$0] > 0 }
        let bins = used.isEmpty ? 0..<0 : used[0]..<used[used.count - 1] + 1
        let edges = histogram.edges
        let labels =
            isWhole
            ? bins.map { bin in
                let (first, last) = (edges[bin].fixed(0), (edges[bin + 1] - 1).fixed(0))
                return first == last ? first : "\(first)–\(last)"
            } : bins.isEmpty ? [] : (bins.lowerBound...bins.upperBound).map { edges[$0].fixed(digits) }
        self.init(
            title: title, xLabel: xLabel, yLabel: yLabel, values: Array(histogram.counts[bins]), labels: labels)
    }
}
