import NeedletailImages

/// A picture being made, in floating point, 0 to 1 a channel.
struct Painting {
    let width: Int
    let height: Int
    var pixels: [Tint]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        pixels = [Tint](repeating: .zero, count: width * height)
    }

    /// Rounded to bytes, after noise from the camera's sensor is added.
    ///
    /// - Parameter noise: Standard deviation, of 1.
    func image(noise: Float, random: inout SplitMix64) -> Image {
        // One normal number in a table of many is as good as a new one, and much faster.
        let table = (0..<1024).map { _ in random.normal() * noise }
        var state = random.next() | 1
        let bytes = [UInt8](unsafeUninitializedCapacity: pixels.count * 3) { buffer, initialized in
            for (i, pixel) in pixels.enumerated() {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                let grain = table[Int(state & 1023)]
                let tinge = Tint(
                    table[Int(state >> 10 & 1023)], table[Int(state >> 20 & 1023)], table[Int(state >> 30 & 1023)])
                let value = (pixel + grain + tinge * 0.5) * 255 + 0.5
                let clamped = value.clamped(lowerBound: .zero, upperBound: Tint(repeating: 255))
                buffer[i * 3] = UInt8(clamped.x)
                buffer[i * 3 + 1] = UInt8(clamped.y)
                buffer[i * 3 + 2] = UInt8(clamped.z)
            }
            initialized = pixels.count * 3
        }
        return Image(width: width, height: height, bytes: bytes)
    }

    /// Blurs with weights 1 : w : 1 in both directions, `times` times.
    mutating func blur(center weight: Float, times: Int) {
        let scale = 1 / (weight + 2)
        for _ in 0..<times {
            for y in 0..<height {
                var before = pixels[y * width]
                for x in 0..<width {
                    let i = y * width + x
                    let after = x + 1 < width ? pixels[i + 1] : pixels[i]
                    let here = pixels[i]
                    pixels[i] = (before + here * weight + after) * scale
                    before = here
                }
            }
            var above = Array(pixels[..<width])
            for y in 0..<height {
                for x in 0..<width {
                    let i = y * width + x
                    let below = y + 1 < height ? pixels[i + width] : pixels[i]
                    let here = pixels[i]
                    pixels[i] = (above[x] + here * weight + below) * scale
                    above[x] = here
                }
            }
        }
    }

    /// Brightness, contrast around middle grey, and darker corners.
    mutating func expose(gain: Float, contrast: Float, vignette: Float) {
        let center = Point(Float(width), Float(height)) / 2
        let reach = 1 / (center * center).sum()
        for y in 0..<height {
            for x in 0..<width {
                let away = Point(Float(x), Float(y)) - center
                let fall = 1 - vignette * (away * away).sum() * reach
                let i = y * width + x
                pixels[i] = ((pixels[i] - 0.5) * contrast + 0.5) * gain * fall
            }
        }
    }
}
