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
