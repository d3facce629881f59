import NeedletailPlatform

/// A small seeded generator (SplitMix64, Steele et al. 2014): the same numbers on every machine.
public struct RandomStream: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) {
        state = seed
    }

    /// A stream of its own for each name under the same seed (FNV-1a hash of the name).
    public init(seed: UInt64, name: String) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        self.init(seed: hash ^ (seed &* 0x9e37_79b9_7f4a_7c15))
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Goes on as if so many numbers had been taken.
    public mutating func skip(_ count: Int) { state &+= UInt64(truncatingIfNeeded: count) &* 0x9e37_79b9_7f4a_7c15 }

    /// A number in `[0, 1)`.
    public mutating func nextUnit() -> Float { Float(next() >> 40) * 0x1p-24 }

    /// A number from the standard normal distribution (Box and Muller).
    public mutating func nextNormal() -> Float {
        let radius = (-2 * log(1 - Double(nextUnit()))).squareRoot()
        return Float(radius * cos(2 * .pi * Double(nextUnit())))
    }

    /// The integers `0..<count` in random order (Fisher and Yates).
    public mutating func permutation(of count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, Int(next() % UInt64(last + 1)))
        }
        return order
    }
}
