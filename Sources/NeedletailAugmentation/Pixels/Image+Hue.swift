import NeedletailImages

extension Image {
    /// The colours turned around the colour circle, as torchvision's `adjust_hue` on `uint8`, in another order of
    /// operations: a sample may differ by 1 where a value lies on the edge between two.
    ///
    /// On the circle, from 0 to 6 with red at 0, green at 2 and blue at 4, a pixel has a place and a distance between its
    /// highest and lowest sample, its chroma. From the place moved along, every sample is the lowest one plus the chroma
    /// times a function of the place that rises, stays, falls and rests.
    ///
    /// - Parameter shift: In turns, −0.5 to 0.5.
    func hueAdjusted(by shift: Float) -> Image {
        let length = width
        let turn = shift * 6
        var result = self
        // A row at a time, its colours apart, so that the compiler can work on many pixels at once.
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * length) { planes in
            guard let r = planes.baseAddress else { return }
            planes.initialize(repeating: 0)
            let g = r + length, b = g + length
            result.withUnsafeMutableBytes { bytes in
                guard let start = bytes.baseAddress else { return }
                for row in 0..<height {
                    let pixels = start + row * 3 * length
                    for i in 0..<length {
                        r[i] = Float(pixels[3 * i])
                        g[i] = Float(pixels[3 * i + 1])
                        b[i] = Float(pixels[3 * i + 2])
                    }
                    for i in 0..<length { Self.turn(&r[i], &g[i], &b[i], by: turn) }
                    for i in 0..<length {
                        pixels[3 * i] = UInt8(truncatingIfNeeded: Int32(r[i]))
                        pixels[3 * i + 1] = UInt8(truncatingIfNeeded: Int32(g[i]))
                        pixels[3 * i + 2] = UInt8(truncatingIfNeeded: Int32(b[i]))
                    }
                }
            }
        }
        return result
    }

    @inline(__always)
    private static func turn(_ r: inout Float, _ g: inout Float, _ b: inout Float, by turn: Float) {
        let highest = Swift.max(r, Swift.max(g, b)), lowest = Swift.min(r, Swift.min(g, b))
        let chroma = highest - lowest
        let scale = 1 / Swift.max(chroma, 1)
        var place = highest == r ? (g - b) * scale : highest == g ? 2 + (b - r) * scale : 4 + (r - g) * scale
        place += turn
        place = place < 0 ? place + 6 : place
        place = place >= 6 ? place - 6 : place
        // Samples are scaled to 0 ... 255.999 before their fractions are dropped.
        let base = lowest * (255.999 / 255), height = chroma * (255.999 / 255)
        r = base + height * Swift.min(Swift.max(abs(place - 3) - 1, 0), 1)
        g = base + height * Swift.min(Swift.max(2 - abs(place - 2), 0), 1)
        b = base + height * Swift.min(Swift.max(2 - abs(place - 4), 0), 1)
    }
}
