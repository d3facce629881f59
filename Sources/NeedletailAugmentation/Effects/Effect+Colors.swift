import NeedletailImages
import NeedletailPlatform
import NeedletailRandom

extension Effect {
    /// The samples of each pixel together.
    static let colors: [Definition] = [
        .pixels("saturation", Setting("factor", 0.5...1.5, within: factors)) {
            $0.saturationAdjusted(by: Float($1[0]))
        },
        .pixels("hue", Setting("shift", -0.05...0.05, within: -0.5...0.5)) { $0.hueAdjusted(by: Float($1[0])) },
        .pixels("grey") { image, _ in image.grayed() },
        .pixels("sepia") { image, _ in image.mixed(.sepia) },
        .pixels(
            "tint", Setting("hue", 0...1, within: 0...1), Setting("amount", 0.1...0.3, within: 0...1)
        ) { $0.mixed(.tint(hue: Float($1[0]), amount: Float($1[1]))) },
        .pixels("temperature", Setting("kelvin", 3000...15_000, within: 1700...25_000)) {
            $0.mixed(.temperature(kelvin: $1[0]))
        },
        .pixels("color-shift", Setting("shift", -20...20, within: -255...255, count: 3)) {
            $0.mixed(ColorMap(offset: SIMD3($1.values[0].map { Float($0) })))
        },
        .pixels("fancy-pca", Setting("deviation", 0.1...0.1, within: 0...100), isSeeded: true) { image, numbers in
            var stream = numbers.stream
            let draws = (0..<3).map { _ in Double(stream.nextNormal()) * numbers[0] }
            return image.mixed(ColorMap(offset: image.principalShift(SIMD3(draws))))
        },
        .pixels("channel-shuffle", Setting("order", 1...5, within: 0...5, isWhole: true)) {
            $0.mixed(.permutation(Int($1[0])))
        },
        .pixels("channel-dropout", Setting("channels", 1...1, within: 1...2, isWhole: true), isSeeded: true) {
            var stream = $1.stream
            let dropped = stream.permutation(of: 3).prefix(Int($1[0]))
            return $0.mixed(.factors(SIMD3((0..<3).map { dropped.contains($0) ? 0 : 1 })))
        },
    ]
}

/// A linear map of a pixel's colour: a matrix and an offset, on a scale of 0 to 255.
struct ColorMap {
    /// What red, green and blue add to the three samples.
    var red = SIMD3<Float>(1, 0, 0)
    var green = SIMD3<Float>(0, 1, 0)
    var blue = SIMD3<Float>(0, 0, 1)
    var offset = SIMD3<Float>.zero

    /// The tone of old prints, with the weights that Microsoft once published and everyone uses.
    static let sepia = ColorMap(
        red: SIMD3(0.393, 0.349, 0.272), green: SIMD3(0.769, 0.686, 0.534), blue: SIMD3(0.189, 0.168, 0.131))

    static func factors(_ factors: SIMD3<Float>) -> ColorMap {
        ColorMap(
            red: SIMD3(factors.x, 0, 0), green: SIMD3(0, factors.y, 0), blue: SIMD3(0, 0, factors.z))
    }

    /// The six orders of three channels; 0 leaves them.
    static func permutation(_ order: Int) -> ColorMap {
        let axes = [ColorMap().red, ColorMap().green, ColorMap().blue]
        let order = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]][order]
        return ColorMap(red: axes[order[0]], green: axes[order[1]], blue: axes[order[2]])
    }

    /// Towards a grey picture in one colour, whose brightest place is as bright as that of the grey one.
    ///
    /// - Parameters:
    ///   - hue: On the colour circle, 0 to 1, red at 0.
    ///   - amount: 0 leaves the picture, 1 leaves nothing of its colours.
    static func tint(hue: Float, amount: Float) -> ColorMap {
        let place = hue * 6
        let color = SIMD3(abs(place - 3) - 1, 2 - abs(place - 2), 2 - abs(place - 4)).clamped(
            lowerBound: .zero, upperBound: .one)
        let weights = SIMD3<Float>(0.2989, 0.587, 0.114)
        let rest = 1 - amount
        return ColorMap(
            red: weights.x * amount * color + SIMD3(rest, 0, 0), green: weights.y * amount * color + SIMD3(0, rest, 0),
            blue: weights.z * amount * color + SIMD3(0, 0, rest))
    }

    /// White as the light of a glowing body, against that of 6500 kelvin; green stays, so that brightness nearly does.
    static func temperature(kelvin: Double) -> ColorMap {
        let light = glow(kelvin) / glow(6500)
        // Samples are powers of light, about its root.
        return factors(SIMD3((0..<3).map { Float(pow(max(light[$0] / light.y, 0), 1 / 2.2)) }))
    }

    /// Linear sRGB of a black body (Kim et al., "Design of Advanced Color Temperature Control System for HDTV
    /// Applications", 2002, for chromaticity from 1667 to 25000 kelvin).
    private static func glow(_ kelvin: Double) -> SIMD3<Double> {
        let t = 1000 / kelvin
        let x =
            kelvin < 4000
            ? 0.179910 + t * (0.8776956 + t * (-0.2343589 + t * -0.2661239))
            : 0.240390 + t * (0.2226347 + t * (2.1070379 + t * -3.0258469))
        let y =
            kelvin < 2222
            ? -0.20219683 + x * (2.18555832 + x * (-1.34811020 + x * -1.1063814))
            : kelvin < 4000
                ? -0.16748867 + x * (2.09137015 + x * (-1.37418593 + x * -0.9549476))
                : -0.37001483 + x * (3.75112997 + x * (-5.87338670 + x * 3.0817580))
        let (big, deep) = (x / y, (1 - x - y) / y)
        return SIMD3(
            3.2406 * big - 1.5372 - 0.4986 * deep, -0.9689 * big + 1.8758 + 0.0415 * deep,
            0.0557 * big - 0.2040 + 1.0570 * deep)
    }
}
