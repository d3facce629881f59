import NeedletailImages
import NeedletailRandom

extension Image {
    /// Every sample moved by a random amount of nearly normal distribution, each on its own.
    ///
    /// The sum of four numbers of even distribution serves as normal: it has their shape up to 3.4 deviations, and one
    /// draw of the generator makes it.
    ///
    /// - Parameter deviation: On a scale of 0 to 255.
    func noisy(deviation: Float, seed: UInt64) -> Image {
        var stream = RandomStream(seed: seed)
        // Four times an even distribution over 65,536 values: mean 131,070, deviation 65,536 / √3.
        let factor = deviation * Float(3).squareRoot() / 65_536
        var result = self
        result.withUnsafeMutableBytes { bytes in
            for i in 0..<bytes.count {
                let value = Float(bytes[i]) + stream.nextSum() * factor + 0.5
                bytes[i] = UInt8(truncatingIfNeeded: Int32(min(max(value, 0), 255)))
            }
        }
        return result
    }

    /// The noise of a sensitive sensor: of brightness, growing with its root as counts of light do, and of colour.
    ///
    /// - Parameters:
    ///   - colors: Deviation of each sample on its own, as a share of half the scale.
    ///   - brightness: Times 40 of 255 is the deviation of what white pixels gain in all samples.
    func grainy(colors: Float, brightness: Float, from stream: inout RandomStream) -> Image {
        let unit = Float(3).squareRoot() / 65_536
        let (shared, own) = (40 * brightness * unit, 128 * colors * unit)
        return changingPixels { pixel in
            let light = Float(Self.grey(pixel[0], pixel[1], pixel[2])) / 255
            let gain = stream.nextSum() * shared * light.squareRoot() + 0.5
            for c in 0..<3 { pixel[c] = Self.byte(Float(pixel[c]) + gain + stream.nextSum() * own) }
        }
    }

    /// Row by row.
    func changingPixels(_ change: (UnsafeMutablePointer<UInt8>) -> Void) -> Image {
        var result = self
        result.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            for i in stride(from: 0, to: bytes.count, by: 3) { change(start + i) }
        }
        return result
    }
}

extension RandomStream {
    /// The sum of four numbers of even distribution, about 0: nearly normal, with deviation 65,536 / √3.
    @inline(__always)
    fileprivate mutating func nextSum() -> Float {
        let draw = next()
        let sum = Int32(draw & 0xFFFF) + Int32(draw >> 16 & 0xFFFF) + Int32(draw >> 32 & 0xFFFF) + Int32(draw >> 48)
        return Float(sum - 131_070)
    }
}
