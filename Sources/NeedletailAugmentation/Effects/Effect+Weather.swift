import NeedletailImages
import NeedletailPlatform
import NeedletailRandom

extension Effect {
    /// Light and weather between the camera and the scene; objects stay where they are.
    static let weather: [Definition] = [
        .weather("fog", Setting("amount", 0.3...1, within: 0...1)) { $0.addFog($1[0], from: &$2) },
        .weather(
            "rain", Setting("drops", 300...700, within: 0...5000, isWhole: true),
            Setting("slant", -10...10, within: -45...45), Setting("length", 0.03...0.06, within: 0...0.3),
            Setting("brightness", 0.7...0.7, within: 0...1)
        ) { image, numbers, stream in
            image = image.brightnessAdjusted(by: Float(numbers[3]))
            image.addRain(drops: Int(numbers[0]), slant: numbers[1], length: numbers[2], from: &stream)
        },
        .weather(
            "snow", Setting("point", 0.1...0.3, within: 0...1), Setting("brightness", 1.5...2.5, within: 1...10),
            Setting("flakes", 100...500, within: 0...5000, isWhole: true)
        ) { image, numbers, stream in
            image.addSnow(point: Float(numbers[0]), brightness: Float(numbers[1]))
            image.addFlakes(Int(numbers[2]), from: &stream)
        },
        .weather(
            "shadow", Setting("count", 1...2, within: 1...100, isWhole: true),
            Setting("intensity", 0.5...0.5, within: 0...1)
        ) { image, numbers, stream in
            for _ in 0..<Int(numbers[0]) { image.addShadow(intensity: Float(numbers[1]), from: &stream) }
        },
        .weather(
            "sun-flare", Setting("radius", 0.2...0.5, within: 0...2),
            Setting("circles", 6...10, within: 0...100, isWhole: true)
        ) { $0.addSunFlare(radius: $1[0], circles: Int($1[1]), from: &$2) },
    ]
}

extension Effect.Definition {
    fileprivate static func weather(
        _ name: String, _ settings: Effect.Setting...,
        change: @escaping @Sendable (inout Image, Effect.Numbers, inout RandomStream) -> Void
    ) -> Self {
        Self(name: name, settings: settings, isSeeded: true) { sample, numbers in
            var stream = numbers.stream
            change(&sample.image, numbers, &stream)
        }
    }
}

extension Image {
    /// White that differs from place to place, in large and small wisps.
    fileprivate mutating func addFog(_ amount: Double, from stream: inout RandomStream) {
        let (width, height) = (width, height)
        let side = Double(max(width, height))
        let wisps = [(6.0, 1.2), (20.0, 0.5)].map { parts, amplitude in
            SmoothField(
                width: width, height: height, spacing: max(side / parts, 1), amplitude: amplitude, from: &stream)
        }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * width) { densities in
            densities.initialize(repeating: 0)
            for y in 0..<height {
                for (k, field) in wisps.enumerated() {
                    field.row(y, into: UnsafeMutableBufferPointer(rebasing: densities[k * width..<(k + 1) * width]))
                }
                let row = PixelRectangle(x: 0, y: y, width: width, height: 1)
                paint(row, in: SIMD3(repeating: 235)) { x, _ in
                    let density = densities[x] + densities[width + x]
                    return Float(amount) * min(max(0.5 + 0.45 * density, 0), 0.95)
                }
            }
        }
    }

    /// Bright streaks.
    ///
    /// - Parameters:
    ///   - slant: From upright, in degrees.
    ///   - length: As a share of the height.
    fileprivate mutating func addRain(drops: Int, slant: Double, length: Double, from stream: inout RandomStream) {
        let fall = SIMD2(Float(sin(slant * .pi / 180)), Float(cos(slant * .pi / 180)))
        let thickness = max(Float(height) / 480, 0.6)
        for _ in 0..<drops {
            let start = SIMD2(
                Float(stream.number(in: -0.1...1.1)) * Float(width), Float(stream.number(in: -0.1...1)) * Float(height))
            let way = fall * Float(stream.number(in: 0.6...1.4) * length) * Float(height)
            paintStroke(
                from: start, to: start + way, radius: thickness / 2, softness: thickness, color: SIMD3(repeating: 210),
                strength: Float(stream.number(in: 0.25...0.7)))
        }
    }

    /// Dark ground made bright and pale, as lying snow is: what is darker than a point, softly, gains in lightness.
    ///
    /// - Parameters:
    ///   - point: 0 is a third of the scale, 1 five sixths.
    ///   - brightness: What the lightness is multiplied by.
    fileprivate mutating func addSnow(point: Float, brightness: Float) {
        let limit = 255 / 3 + point * 255 / 2
        self = changingPixels { pixel in
            let highest = max(pixel[0], pixel[1], pixel[2]), lowest = min(pixel[0], pixel[1], pixel[2])
            let lightness = (Float(highest) + Float(lowest)) / 2
            let share = min(max((limit - lightness) / 40 + 0.5, 0), 1)
            let gain = share * (min(lightness * brightness, 255) - lightness)
            guard gain > 0 else { return }
            for c in 0..<3 {
                let color = (Float(pixel[c]) - lightness) * (1 - gain / 255)
                pixel[c] = Self.byte(lightness + gain + color + 0.5)
            }
        }
    }

    fileprivate mutating func addFlakes(_ count: Int, from stream: inout RandomStream) {
        for _ in 0..<count {
            let place = SIMD2(Float(stream.nextUnit()) * Float(width), Float(stream.nextUnit()) * Float(height))
            let radius = max(Float(stream.number(in: 0.0015...0.006)) * Float(height), 0.5)
            paintStroke(
                from: place, to: place + SIMD2(0.5 * radius, radius) * stream.nextUnit(), radius: radius,
                softness: radius, color: SIMD3(repeating: 250), strength: Float(stream.number(in: 0.5...0.95)))
        }
    }

    /// A polygon of five corners on the lower half, darker and soft at its edges.
    fileprivate mutating func addShadow(intensity: Float, from stream: inout RandomStream) {
        let center = SIMD2(
            Float(stream.nextUnit()) * Float(width), Float(stream.number(in: 0.5...1)) * Float(height))
        let reach = SIMD2(
            Float(stream.number(in: 0.2...0.5)) * Float(width), Float(stream.number(in: 0.15...0.35)) * Float(height))
        // Corners of an ellipse in order make a convex polygon.
        let corners = (0..<5).map { k in
            let angle = 2 * Double.pi / 5 * (Double(k) + stream.number(in: 0...0.8))
            return center + reach * SIMD2(Float(cos(angle)), Float(sin(angle)))
        }
        let edges = corners.indices.map { k in
            let way = corners[(k + 1) % 5] - corners[k]
            let length = max((way * way).sum().squareRoot(), 1e-3)
            return (start: corners[k], inwards: SIMD2(-way.y, way.x) / length)
        }
        let softness = Float(min(width, height)) / 30 + 1
        let region = PixelRectangle(
            x: Int(center.x - reach.x), y: Int(center.y - reach.y), width: Int(2 * reach.x) + 2,
            height: Int(2 * reach.y) + 2)
        paint(region, in: .zero) { x, y in
            let point = SIMD2(Float(x), Float(y)) + 0.5
            let depth = edges.reduce(Float.infinity) { min($0, (($1.inwards) * (point - $1.start)).sum()) }
            return intensity * min(max(depth / softness, 0), 1)
        }
    }

    /// A bright place in the upper half, and circles of light on the line from it through the centre.
    ///
    /// - Parameter radius: Of the glow, as a share of the longer side.
    fileprivate mutating func addSunFlare(radius: Double, circles: Int, from stream: inout RandomStream) {
        let size = SIMD2(Float(width), Float(height)), side = Float(max(width, height))
        let sun = SIMD2(stream.nextUnit(), 0.5 * stream.nextUnit()) * size
        for _ in 0..<circles {
            let place = sun + (size / 2 - sun) * Float(stream.number(in: 0.2...2.2))
            let spread = Float(stream.number(in: 0.01...0.05)) * side
            let color = SIMD3(255, Float(stream.number(in: 190...255)), Float(stream.number(in: 130...255)))
            paintStroke(
                from: place, to: place, radius: spread, softness: 0.25 * spread, color: color,
                strength: Float(stream.number(in: 0.1...0.35)))
        }
        // A wide faint glow and a bright middle.
        for (share, strength) in [(1, 0.5), (0.5, 0.6), (0.2, 0.9)] as [(Float, Float)] {
            let glow = Float(radius) * side * share
            paintStroke(
                from: sun, to: sun, radius: glow / 2, softness: glow, color: SIMD3(255, 253, 240), strength: strength)
        }
    }
}
