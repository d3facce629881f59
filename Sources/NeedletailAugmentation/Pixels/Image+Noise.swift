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
                let draw = stream.next()
                let sum =
                    Int32(draw & 0xFFFF) + Int32(draw >> 16 & 0xFFFF) + Int32(draw >> 32 & 0xFFFF) + Int32(draw >> 48)
                let value = Float(bytes[i]) + Float(sum - 131_070) * factor + 0.5
                bytes[i] = UInt8(truncatingIfNeeded: Int32(min(max(value, 0), 255)))
            }
        }
        return result
    }
}
