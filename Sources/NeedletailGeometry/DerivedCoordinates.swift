/// Coordinates that a format does not store but that follow from what it stores.
///
/// Sums and products of decimal numbers have binary noise in their last digits: 474.07 + 37.65 is
/// 511.71999999999997. What is computed is rounded to 10⁻⁹ of a pixel, which brings back the decimal number that was
/// meant, and makes a conversion there and back exact for coordinates of up to nine decimals.
extension Double {
    /// The nearest multiple of 10⁻⁹.
    package var derived: Double {
        magnitude < 4e6 ? (self * 1e9).rounded() / 1e9 : self
    }

    /// A share of `size` pixels, with as many decimals as keep 10⁻¹⁰ pixels.
    package func derivedShare(of size: Double) -> Double {
        let scale: Double = size <= 10 ? 1e11 : size <= 100 ? 1e12 : size <= 1000 ? 1e13 : 1e14
        return magnitude < 80 ? (self * scale).rounded() / scale : self
    }

    /// A percentage of `size` pixels, likewise.
    package func derivedPercentage(of size: Double) -> Double {
        let scale: Double = size <= 10 ? 1e9 : size <= 100 ? 1e10 : size <= 1000 ? 1e11 : 1e12
        return magnitude < 8000 ? (self * scale).rounded() / scale : self
    }
}

extension Box {
    /// The box between two corners, its size without binary noise.
    package init(left: Double, top: Double, right: Double, bottom: Double) {
        self.init(x: left, y: top, width: (right - left).derived, height: (bottom - top).derived)
    }

    /// The box around a centre given as shares of an image's size, as its own size is.
    package init(
        shareX: Double, _ shareY: Double, _ shareWidth: Double, _ shareHeight: Double, width: Double, height: Double
    ) {
        self.init(
            x: ((shareX - shareWidth / 2) * width).derived, y: ((shareY - shareHeight / 2) * height).derived,
            width: (shareWidth * width).derived, height: (shareHeight * height).derived)
    }

    /// The lowest and highest coordinates of points `x, y, x, y ...`; nil without any.
    package init?(around points: [Double]) {
        guard points.count >= 2 else { return nil }
        var low = (points[0], points[1])
        var high = low
        for index in stride(from: 2, to: points.count - 1, by: 2) {
            low = (Swift.min(low.0, points[index]), Swift.min(low.1, points[index + 1]))
            high = (Swift.max(high.0, points[index]), Swift.max(high.1, points[index + 1]))
        }
        self.init(left: low.0, top: low.1, right: high.0, bottom: high.1)
    }

    /// The box with its first corner rounded, for one that was computed.
    package var derivedOrigin: Box { Box(x: x.derived, y: y.derived, width: width, height: height) }

    /// Whether the second corner lies left of the first or above it.
    package var isReversed: Bool { width < 0 || height < 0 }

    /// The same box with its corners in order.
    package var inOrder: Box {
        Box(
            x: width < 0 ? (x + width).derived : x, y: height < 0 ? (y + height).derived : y,
            width: width.magnitude, height: height.magnitude)
    }

    /// `x2` and `y2` without binary noise.
    package var farCorner: (x: Double, y: Double) { (x2.derived, y2.derived) }
}
