import NeedletailImages
import NeedletailPlatform

/// A chart of horizontal bars over an axis of powers of ten, a name beside each.
package struct BarChart: Sendable {
    package struct Bar: Sendable {
        package var name: String
        /// 0 has no bar.
        package var value: Double

        package init(name: String, value: Double) {
            self.name = name
            self.value = value
        }
    }

    package var title: String
    package var axisLabel: String
    package var bars: [Bar]

    private static let ink = Color(0x1B2026)
    private static let soft = Color(0x56606B)
    private static let grid = Color(0xE1E5E9)
    private static let unit: Float = 0.9
    private static let (rowHeight, top, bottom, right) = (18, 56, 44, 24)
    private static let mostLetters = 48

    package init(title: String, axisLabel: String, bars: [Bar]) {
        self.title = title
        self.axisLabel = axisLabel
        self.bars = bars
    }

    /// Powers of ten around all values that can be drawn.
    private var decades: ClosedRange<Int> {
        let values = bars.map(\.value).filter { $0 > 0 && $0.isFinite }
        guard let least = values.min(), let greatest = values.max() else { return 0...1 }
        let low = Int(log10(least).rounded(.down)), high = Int(log10(greatest).rounded(.up))
        return low...max(high, low + 1)
    }

    /// Draws the chart; its height grows with the number of bars.
    package func image(width: Int = 900) -> Image {
        let names = bars.map { TextMask(Self.shortened($0.name), unit: Self.unit) }
        let left = 24 + (names.map(\.width).max() ?? 0)
        let decades = decades
        var canvas = Canvas(
            Image(width: width, height: Self.top + bars.count * Self.rowHeight + Self.bottom, filledWith: .white))
        let (areaBottom, areaRight) = (Float(Self.top + bars.count * Self.rowHeight), Float(width - Self.right))
        func x(_ exponent: Double) -> Float {
            let share = (exponent - Double(decades.lowerBound)) / Double(decades.upperBound - decades.lowerBound)
            return Float(left) + (areaRight - Float(left)) * Float(share)
        }
        let step = max((decades.count + 9) / 10, 1)
        for exponent in decades where (exponent - decades.lowerBound).isMultiple(of: step) {
            let column = x(Double(exponent)).rounded()
            canvas.fill(
                .init(left: column, top: Float(Self.top), right: column + 1, bottom: areaBottom), color: Self.grid)
            let label = TextMask(Self.label(exponent), unit: Self.unit)
            canvas.write(
                label, left: Int(column) - label.width / 2, top: Int(areaBottom) + 4, color: Self.soft)
        }
        for (index, bar) in bars.enumerated() {
            let row = Self.top + index * Self.rowHeight
            canvas.write(
                names[index], left: left - 10 - names[index].width,
                top: row + Self.rowHeight / 2 - names[index].baseline + 5, color: Self.ink)
            guard bar.value > 0, bar.value.isFinite else { continue }
            canvas.fill(
                .init(
                    left: Float(left), top: Float(row + 3), right: max(x(log10(bar.value)), Float(left) + 1),
                    bottom: Float(row + Self.rowHeight - 3)), color: LinePlot.colors[0])
        }
        canvas.write(TextMask(title, unit: 1.2), left: 14, top: 10, color: Self.ink)
        canvas.write(TextMask(axisLabel, unit: Self.unit), left: 14, top: 34, color: Self.soft)
        return canvas.image
    }

    private static func label(_ exponent: Int) -> String {
        switch exponent {
        case 0...4: "1" + String(repeating: "0", count: exponent)
        case -3..<0: "0." + String(repeating: "0", count: -exponent - 1) + "1"
        default: "1e\(exponent)"
        }
    }

    /// The end of a layer's name is what tells it from others.
    private static func shortened(_ name: String) -> String {
        name.count <= mostLetters ? name : "…" + name.suffix(mostLetters - 1)
    }
}
