/// A way in which all weights of a network begin, instead of each layer's own.
public enum Initialization: String, CaseIterable, Codable, Sendable {
    /// 0.01 times numbers of the standard normal distribution.
    case normal
    /// Normal, such that signals keep their variance forward and gradients theirs backward. Glorot & Bengio, 2010.
    case xavier
    /// Normal, such that signals keep their variance behind ReLU. He et al., 2015.
    case kaiming

    func initializer(seed: UInt64) -> Initializer {
        switch self {
        case .normal: .normal(deviation: 0.01, seed: seed)
        case .xavier: .xavierNormal(seed: seed)
        case .kaiming: .kaimingNormal(seed: seed)
        }
    }
}

extension ParameterStore {
    /// Draws all weights of convolutions and linear layers anew. Biases and normalisation stay as they are.
    ///
    /// - Parameters:
    ///   - seed: The weights depend on it and their names alone.
    ///   - last: The weights of the layer whose numbers are the outputs. No rectifier follows it, so that with He's they would
    ///     be far from zero at first: it begins at 0.01 times normal instead.
    public func initialize(_ initialization: Initialization, seed: UInt64, last: Parameter? = nil) {
        for parameter in parameters where parameter.role == .weight && parameter.shape.count >= 2 {
            let own: Initialization = initialization == .kaiming && parameter === last ? .normal : initialization
            parameter.redraw(by: own.initializer(seed: seed))
        }
    }
}
