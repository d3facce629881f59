import NeedletailPlatform

/// Steele, Lea and Flood's SplitMix64, and the few distributions that drawing needs.
///
/// Swift's own `random(in:using:)` may change its way of mapping bits to numbers between versions, which
/// would change every picture; this does not.
package struct SplitMix64: Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    /// A stream of its own for each index, so that any sample can be drawn without those before it.
    init(seed: UInt64, index: Int, stream: UInt64 = 0) {
        var mixer = SplitMix64(seed: seed)
        var second = SplitMix64(seed: mixer.next() ^ UInt64(bitPattern: Int64(index)))
        var third = SplitMix64(seed: second.next() ^ stream)
        state = third.next()
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// Uniform in [0, 1).
    mutating func unit() -> Float {
        Float(next() >> 40) / 16_777_216
    }

    /// Uniform in [low, high).
    mutating func number(_ low: Float, _ high: Float) -> Float {
        low + (high - low) * unit()
    }

    /// Uniform in the closed range.
    mutating func integer(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() >> 11) % range.count
    }

    mutating func chance(_ probability: Float) -> Bool {
        unit() < probability
    }

    mutating func element<Element>(_ elements: [Element]) -> Element {
        elements[integer(0...elements.count - 1)]
    }

    /// Standard normal, by Box and Muller.
    mutating func normal() -> Float {
        let radius = (-2 * logf(max(unit(), 1e-7))).squareRoot()
        return radius * cosf(2 * .pi * unit())
    }
}
