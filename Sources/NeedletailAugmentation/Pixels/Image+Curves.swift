import NeedletailImages
import NeedletailPlatform

/// Curves that torchvision's v2 functional has under these names, with its rounding.
extension Image {
    /// - Parameter gamma: The exponent of samples from 0 to 1; above 1 shadows become darker.
    func gammaAdjusted(by gamma: Double) -> Image {
        mapped { UInt8(255.999 * pow(Double($0) / 255, gamma)) }
    }

    /// Without the lower bits.
    func posterized(bits: Int) -> Image {
        let mask = UInt8(truncatingIfNeeded: 0xFF << (8 - bits))
        return mapped { $0 & mask }
    }

    /// Samples from a threshold on inverted.
    func solarized(from threshold: Double) -> Image {
        mapped { Double($0) >= threshold ? 255 - $0 : $0 }
    }

    /// Each channel stretched to reach from 0 to 255.
    func autoContrasted() -> Image {
        mapped(
            byChannel: histograms.map { counts in
                let lowest = counts.firstIndex { $0 > 0 } ?? 0, highest = counts.lastIndex { $0 > 0 } ?? 255
                guard highest > lowest else { return Array(0...255) }
                return (0...255).map { UInt8(min(max(($0 - lowest) * 255 / (highest - lowest), 0), 255)) }
            })
    }

    /// Each channel's values spread so that all occur about equally often.
    func equalized() -> Image {
        mapped(
            byChannel: histograms.map { counts in
                let last = counts.lastIndex { $0 > 0 } ?? 255
                let step = (width * height - counts[last]) / 255
                guard step > 0 else { return Array(0...255) }
                var below = 0
                return counts.map { count in
                    defer { below += count }
                    return UInt8(min((below + step / 2) / step, 255))
                }
            })
    }

    /// How often each value occurs, by channel.
    private var histograms: [[Int]] {
        var counts = [Int](repeating: 0, count: 3 * 256)
        counts.withUnsafeMutableBufferPointer { counts in
            withUnsafeBytes { bytes in
                for i in stride(from: 0, to: bytes.count, by: 3) {
                    counts[Int(bytes[i])] += 1
                    counts[256 + Int(bytes[i + 1])] += 1
                    counts[512 + Int(bytes[i + 2])] += 1
                }
            }
        }
        return (0..<3).map { Array(counts[256 * $0..<256 * ($0 + 1)]) }
    }

    private func mapped(byChannel tables: [[UInt8]]) -> Image {
        var result = self
        let table = tables.flatMap(\.self)
        table.withUnsafeBufferPointer { table in
            result.withUnsafeMutableBytes { bytes in
                for i in stride(from: 0, to: bytes.count, by: 3) {
                    bytes[i] = table[Int(bytes[i])]
                    bytes[i + 1] = table[256 + Int(bytes[i + 1])]
                    bytes[i + 2] = table[512 + Int(bytes[i + 2])]
                }
            }
        }
        return result
    }
}
