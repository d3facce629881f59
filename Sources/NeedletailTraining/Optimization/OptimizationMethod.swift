/// A rule by which weights follow their gradients, with its settings.
///
/// The rules and the meaning of every setting are those of `torch.optim`; so are the defaults, except for SGD's momentum.
/// In the formulas `g` is the gradient, `w` the weight and `t` the number of the step, from 1, that a parameter takes.
///
/// A method is a file of its own, with the rule of its steps, and a line in ``OptimizerConfiguration/methods``.
public protocol OptimizationMethod: Codable, Hashable, Sendable {
    /// What files call the method.
    static var name: String { get }
    /// What recipes may ask for: the method in its usual forms, with a learning rate and a weight decay that suit it.
    static var choices: [OptimizerChoice] { get }

    /// What is kept of each weight between two steps, at most three numbers, by the names of torch's state dicts.
    var stateNames: [String] { get }
    /// What the first of these is before the first step.
    var initialState: Float { get }
    /// The share of the direction before that goes on in the next; nil for a method that has no such setting.
    var momentumSetting: Double? { get set }

    /// A step of a parameter.
    ///
    /// - Parameters:
    ///   - learningRate: Of this step and parameter.
    ///   - weightDecay: Of this parameter.
    ///   - step: The number of the step, from 1.
    func rule(learningRate: Float, weightDecay: Float, step: Int) -> any UpdateRule
}

extension OptimizationMethod {
    public var initialState: Float { 0 }

    public var momentumSetting: Double? {
        get { nil }
        set {}
    }

    func isEqual(to other: any OptimizationMethod) -> Bool { other as? Self == self }
}

/// A method as a recipe asks for it.
public struct OptimizerChoice: Sendable {
    /// As people write it, such as `nesterov`.
    public let name: String
    public let method: any OptimizationMethod
    /// Per image of a batch: a rate that suits one method means nothing to another.
    public let learningRatePerImage: Float
    public let weightDecay: Double
}
