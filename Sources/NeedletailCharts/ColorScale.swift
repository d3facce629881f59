import NeedletailImages

/// How numbers become colours; in each a greater number is lighter, so that a grey copy says the same.
package enum ColorScale: Sendable {
    /// From black to white.
    case gray
    /// From dark violet over blue and green to yellow.
    case heat

    private var stops: [Color] {
        switch self {
        case .gray: [.black, .white]
        case .heat:
            [
                Color(0x1A1033), Color(0x3A2F7D), Color(0x2C6A94), Color(0x2A9D80), Color(0x86C84F), Color(0xFBEA4E),
            ]
        }
    }

    /// - Parameter share: Of the way from the least number to the greatest; below 0 like 0, above 1 like 1.
    package func color(_ share: Float) -> Color {
        let stops = stops
        let place = min(max(share.isNaN ? 0 : share, 0), 1) * Float(stops.count - 1)
        let first = min(Int(place), stops.count - 2), rest = place - Float(first)
        func mixed(_ part: KeyPath<Color, UInt8>) -> UInt8 {
            UInt8(Float(stops[first][keyPath: part]) * (1 - rest) + Float(stops[first + 1][keyPath: part]) * rest + 0.5)
        }
        return Color(red: mixed(\.red), green: mixed(\.green), blue: mixed(\.blue))
    }
}

extension Image {
    /// A picture of a matrix: each number a square of one colour, in RGB.
    ///
    /// - Parameters:
    ///   - values: Row by row.
    ///   - range: What is darkest and what is lightest.
    ///   - magnification: Pixels along a side of a square.
    /// - Precondition: As many values as `width · height`, and all are positive.
    package init(
        values: [Float], width: Int, height: Int, range: ClosedRange<Float>, scale: ColorScale, magnification: Int
    ) {
        precondition(values.count == width * height, "\(values.count) numbers for \(width)x\(height)")
        let span = max(range.upperBound - range.lowerBound, .leastNormalMagnitude)
        let colors = (0...255).map { scale.color(Float($0) / 255) }
        self.init(width: width, height: height, magnification: magnification) { index in
            let share = (values[index] - range.lowerBound) / span
            return colors[Int(min(max(share.isNaN ? 0 : share, 0), 1) * 255 + 0.5)]
        }
    }

    /// A picture of squares of one colour.
    ///
    /// - Parameter color: Of each square, row by row.
    package init(width: Int, height: Int, magnification: Int, color: (Int) -> Color) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(width * height * magnification * magnification * 3)
        for row in 0..<height {
            var line: [UInt8] = []
            for column in 0..<width {
                let color = color(row * width + column)
                for _ in 0..<magnification { line += [color.red, color.green, color.blue] }
            }
            for _ in 0..<magnification { bytes += line }
        }
        self.init(width: width * magnification, height: height * magnification, bytes: bytes)
    }
}
