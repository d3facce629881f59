import NeedletailPlatform

/// Red, green and blue, 0 to 1.
typealias Tint = SIMD3<Float>

extension SplitMix64 {
    /// Any colour that is neither nearly black nor nearly white.
    mutating func tint(saturation: ClosedRange<Float> = 0.15...0.95, value: ClosedRange<Float> = 0.3...0.95) -> Tint {
        let hue = unit() * 6
        let s = number(saturation.lowerBound, saturation.upperBound)
        let v = number(value.lowerBound, value.upperBound)
        func channel(_ offset: Float) -> Float {
            let k = fraction((hue + offset) / 6) * 6
            return v * (1 - s * max(0, min(min(k, 4 - k), 1)))
        }
        return Tint(channel(5), channel(3), channel(1))
    }

    /// A colour that differs from another clearly in lightness.
    mutating func tint(against other: Tint) -> Tint {
        for _ in 0..<20 {
            let tint = tint(value: 0.15...1)
            if abs(luminance(tint) - luminance(other)) > 0.25 { return tint }
        }
        return luminance(other) > 0.5 ? Tint(0.1, 0.1, 0.12) : Tint(0.95, 0.95, 0.9)
    }
}

func luminance(_ tint: Tint) -> Float {
    (tint * Tint(0.3, 0.59, 0.11)).sum()
}
