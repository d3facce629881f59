import NeedletailImages

/// Colour operations as torchvision's v2 functional has them on `uint8` tensors: computed in single precision, cut to
/// 0 ... 255, and the fraction dropped.
extension Image {
    /// All samples times a factor.
    func brightnessAdjusted(by factor: Float) -> Image {
        mapped { Self.byte(Float($0) * factor) }
    }

    /// The distance of all samples from the mean grey of the image, times a factor.
    func contrastAdjusted(by factor: Float) -> Image {
        var sum = 0
        forEachGray { sum += Int($0) }
        let mean = Float(Double(sum) / Double(width * height))
        return mapped { Self.blend($0, factor, mean, 1 - factor) }
    }

    /// The distance of each pixel from its own grey, times a factor.
    func saturationAdjusted(by factor: Float) -> Image {
        var result = self
        let rest = 1 - factor
        result.withUnsafeMutableBytes { bytes in
            for i in stride(from: 0, to: bytes.count, by: 3) {
                let grey = Float(Self.grey(bytes[i], bytes[i + 1], bytes[i + 2]))
                bytes[i] = Self.blend(bytes[i], factor, grey, rest)
                bytes[i + 1] = Self.blend(bytes[i + 1], factor, grey, rest)
                bytes[i + 2] = Self.blend(bytes[i + 2], factor, grey, rest)
            }
        }
        return result
    }

    /// Without colour, still of three channels.
    func grayed() -> Image {
        var result = self
        result.withUnsafeMutableBytes { bytes in
            for i in stride(from: 0, to: bytes.count, by: 3) {
                let grey = Self.grey(bytes[i], bytes[i + 1], bytes[i + 2])
                bytes[i] = grey
                bytes[i + 1] = grey
                bytes[i + 2] = grey
            }
        }
        return result
    }

    private func forEachGray(_ body: (UInt8) -> Void) {
        withUnsafeBytes { bytes in
            for i in stride(from: 0, to: bytes.count, by: 3) { body(Self.grey(bytes[i], bytes[i + 1], bytes[i + 2])) }
        }
    }

    /// Every sample replaced by what a function makes of its value.
    func mapped(_ function: (UInt8) -> UInt8) -> Image {
        let table = (0...255).map { function(UInt8($0)) }
        let mapped = [UInt8](unsafeUninitializedCapacity: bytes.count) { target, initialized in
            table.withUnsafeBufferPointer { table in
                withUnsafeBytes { source in
                    for i in 0..<source.count { target[i] = table[Int(source[i])] }
                }
            }
            initialized = bytes.count
        }
        return Image(width: width, height: height, format: format, bytes: mapped)
    }

    @inline(__always)
    static func grey(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
        UInt8(truncatingIfNeeded: Int32(Float(red) * 0.2989 + Float(green) * 0.587 + Float(blue) * 0.114))
    }

    /// `value * factor + other * rest`, the second product not rounded before it is added, as a fused multiply-add has it:
    /// of a grey pixel, which is to stay as it is, the last bit decides.
    @inline(__always)
    private static func blend(_ value: UInt8, _ factor: Float, _ other: Float, _ rest: Float) -> UInt8 {
        byte(Float(Double(Float(value) * factor) + Double(other) * Double(rest)))
    }

    @inline(__always)
    static func byte(_ value: Float) -> UInt8 {
        UInt8(truncatingIfNeeded: Int32(min(max(value, 0), 255)))
    }
}
