import NeedletailCharts
import NeedletailImages
import Testing

@Suite struct PictureTests {
    /// Lighter for greater numbers, so that a grey copy says the same.
    @Test(arguments: [ColorScale.gray, .heat]) func scalesAscendInLightness(scale: ColorScale) {
        let lights = stride(from: Float(0), through: 1, by: 0.05).map { scale.color($0).luma }
        #expect(lights == lights.sorted() && Set(lights).count > 15)
        #expect(scale.color(-3) == scale.color(0) && scale.color(3) == scale.color(1))
        #expect(scale.color(.nan) == scale.color(0))
    }

    @Test func numbersBecomeSquares() {
        let image = Image(
            values: [0, 1, 2, 3, .nan, 9], width: 3, height: 2, range: 0...3, scale: .gray, magnification: 4)
        #expect(image.width == 12 && image.height == 8)
        #expect((0..<3).map { image[row: 1, column: 4 * $0 + 2] } == [0, 85, 170])
        #expect((0..<3).map { image[row: 7, column: 4 * $0 + 3] } == [255, 0, 255])
    }

    /// As many losses as a YOLOX has, and that of the validation images.
    @Test func everyLineHasAnEntryInTheLegend() {
        let names = ["together", "boxes", "objectness", "classification", "L1", "validation images, together"]
        let plot = LinePlot(
            title: "Loss", xLabel: "epoch",
            series: zip(names, LinePlot.colors).map { .init(name: $0, color: $1, points: []) }, xRange: 1...10)
        let image = plot.image(width: 620, height: 360)
        func entry(_ color: Color) -> Int? {
            (30..<100).first { row in
                (0..<580).contains { column in
                    (0..<3).allSatisfy { channel in
                        image[row: row, column: column, channel: channel]
                            == [color.red, color.green, color.blue][channel]
                    }
                }
            }
        }
        let rows = LinePlot.colors.prefix(names.count).compactMap(entry)
        #expect(rows.count == names.count && Set(rows).count == 2)
        // Nothing is cut off at the right.
        #expect((30..<100).allSatisfy { row in (600..<620).allSatisfy { image[row: row, column: $0] == 255 } })
    }

    /// A bar ten times as long is one power of ten further.
    @Test func barsStandOverPowersOfTen() {
        let chart = BarChart(
            title: "gradients", axisLabel: "norm",
            bars: [
                .init(name: "a", value: 1), .init(name: "b", value: 10), .init(name: "c", value: 100),
                .init(name: "d", value: 0),
            ])
        let image = chart.image(width: 600)
        func length(_ bar: Int) -> Int {
            (0..<600).count { column in
                let pixel = (0..<3).map { image[row: 56 + 18 * bar + 9, column: column, channel: $0] }
                return pixel == [0x00, 0x68, 0xA8]
            }
        }
        let lengths = (0..<4).map(length)
        #expect(lengths[0] <= 1 && lengths[3] == 0)
        #expect(abs(lengths[2] - 2 * lengths[1]) <= 2 && lengths[1] > 200)
    }
}
