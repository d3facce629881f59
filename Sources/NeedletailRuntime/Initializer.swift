#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How the values of a new parameter are drawn.
///
/// The numbers depend on the seed and the parameter's full name alone, so adding a layer does not change the
/// others.
public enum Initializer: Sendable {
    case constant(Float)
    /// Normal with mean 0.
    case normal(deviation: Float, seed: UInt64)
    /// He et al., "Delving Deep into Rectifiers", 2015: normal with variance `2 / fanOut`.
    case kaimingNormalFanOut(seed: UInt64)
    /// PyTorch's `kaiming_uniform_(a: slope)`: uniform in `±√(6 / ((1 + slope²) · fanIn))`.
    case kaimingUniform(slope: Float, seed: UInt64)

    func fill(_ values: UnsafeMutableBufferPointer<Float>, name: String, shape: [Int]) {
        let kernelArea = shape.dropFirst(2).reduce(1, *)
        switch self {
        case .constant(let value):
            values.update(repeating: value)
        case .normal(let deviation, let seed):
            Self.fillNormal(values, deviation: deviation, seed: seed, name: name)
        case .kaimingNormalFanOut(let seed):
            let fanOut = (shape.first ?? 1) * kernelArea
            Self.fillNormal(values, deviation: (2 / Float(fanOut)).squareRoot(), seed: seed, name: name)
        case .kaimingUniform(let slope, let seed):
            let fanIn = (shape.count > 1 ? shape[1] : 1) * kernelArea
            let bound = (6 / ((1 + slope * slope) * Float(fanIn))).squareRoot()
            var generator = RandomStream(seed: seed, name: name)
            for index in values.indices { values[index] = (2 * generator.nextUnit() - 1) * bound }
        }
    }

    private static func fillNormal(
        _ values: UnsafeMutableBufferPointer<Float>, deviation: Float, seed: UInt64, name: String
    ) {
        var generator = RandomStream(seed: seed, name: name)
        for index in values.indices { values[index] = generator.nextNormal() * deviation }
    }
}

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
