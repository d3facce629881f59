@_exported import NeedletailRandom

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

    /// Glorot & Bengio, "Understanding the Difficulty of Training Deep Feedforward Neural Networks", 2010: PyTorch's
    /// `xavier_uniform_`, uniform in `±√(6 / (fanIn + fanOut))`.
    case xavierUniform(seed: UInt64)
    /// PyTorch's `xavier_normal_`: normal with variance `2 / (fanIn + fanOut)`.
    case xavierNormal(seed: UInt64)
    /// PyTorch's `kaiming_normal_`: normal with variance `2 / fanIn`.
    case kaimingNormal(seed: UInt64)

    func fill(_ values: UnsafeMutableBufferPointer<Float>, name: String, shape: [Int]) {
        let kernelArea = shape.dropFirst(2).reduce(1, *)
        let fanOut = Float((shape.first ?? 1) * kernelArea),
            fanIn = Float((shape.count > 1 ? shape[1] : 1) * kernelArea)
        switch self {
        case .constant(let value):
            values.update(repeating: value)
        case .normal(let deviation, let seed):
            Self.fillNormal(values, deviation: deviation, seed: seed, name: name)
        case .kaimingNormalFanOut(let seed):
            Self.fillNormal(values, deviation: (2 / fanOut).squareRoot(), seed: seed, name: name)
        case .kaimingNormal(let seed):
            Self.fillNormal(values, deviation: (2 / fanIn).squareRoot(), seed: seed, name: name)
        case .xavierNormal(let seed):
            Self.fillNormal(values, deviation: (2 / (fanIn + fanOut)).squareRoot(), seed: seed, name: name)
        case .kaimingUniform(let slope, let seed):
            Self.fillUniform(
                values, bound: (6 / ((1 + slope * slope) * fanIn)).squareRoot(), seed: seed, name: name)
        case .xavierUniform(let seed):
            Self.fillUniform(values, bound: (6 / (fanIn + fanOut)).squareRoot(), seed: seed, name: name)
        }
    }

    private static func fillUniform(
        _ values: UnsafeMutableBufferPointer<Float>, bound: Float, seed: UInt64, name: String
    ) {
        var generator = RandomStream(seed: seed, name: name)
        for index in values.indices { values[index] = (2 * generator.nextUnit() - 1) * bound }
    }

    private static func fillNormal(
        _ values: UnsafeMutableBufferPointer<Float>, deviation: Float, seed: UInt64, name: String
    ) {
        var generator = RandomStream(seed: seed, name: name)
        for index in values.indices { values[index] = generator.nextNormal() * deviation }
    }
}
