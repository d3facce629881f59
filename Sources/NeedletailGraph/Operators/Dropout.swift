import NeedletailKernels

/// In training a share of the numbers becomes 0, and the others grow so that their mean stays. Srivastava et al.,
/// "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014.
///
/// Which numbers is drawn from the plan's seed and step and the name of the node, so a run that was resumed drops what it
/// would have dropped. Plans for inference leave it out.
public struct Dropout: Operator {
    public static let name = "dropout"

    /// The share that becomes 0.
    public var probability: Float

    /// - Precondition: `0 ≤ probability < 1`.
    public init(_ probability: Float) {
        precondition(probability >= 0 && probability < 1, "\(probability) is no share that dropout can take away")
        self.probability = probability
    }

    public var attributes: [String] { ["\(probability)"] }

    public func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType] {
        guard inputs[0].elementType == .float32 else { throw OperatorError("it takes floats, not \(inputs[0])") }
        return inputs
    }

    public func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step {
        DropoutStep(
            kernel: DropoutKernel(count: site.outputs[0].type.shape.count, probability: probability),
            name: site.name, buffers: UnaryBuffers(site))
    }
}
