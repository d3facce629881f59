import NeedletailKernels

/// One kind of operation of a network, with its attributes and parameters: a value that says everything about it.
///
/// An operator is applied to symbolic values, `pool(convolution(image))`, which records a node. What a graph computes
/// is told by its operators alone: the shapes of their results, what their backward passes read, and how they become
/// steps of a plan.
public protocol Operator: Hashable {
    /// What a printed graph calls it, such as `max-pool`.
    static var name: String { get }

    /// What a printed graph says of it, such as `stride=2`.
    var attributes: [String] { get }

    /// The parameters that it reads, in a fixed order.
    var parameters: [Parameter] { get }

    /// The types of the results.
    ///
    /// - Throws: ``OperatorError`` when the inputs do not fit.
    func outputTypes(of inputs: [TensorType]) throws(OperatorError) -> [TensorType]

    /// The window that moves over the map; nil for operators that look at one pixel at a time.
    func window(of inputs: [TensorType]) -> Window?

    /// Multiplications of the forward pass by the definition; 0 where they are not what takes the time.
    func multiplyAdds(of inputs: [TensorType]) -> Int

    /// Whether there is a backward pass; what lies below an operator without one cannot be trained.
    var isDifferentiable: Bool { get }

    /// Whether nothing but the shape of an input is read.
    func readsShapeOnly(ofInput slot: Int) -> Bool

    /// What the backward pass reads, besides the gradients of the results.
    ///
    /// - Parameter trained: The parameters whose gradients are wanted.
    func kept(inputCount: Int, trained: Set<Parameter>) -> KeptTensors

    /// Whether the results have passed a ReLU of this operator, so that the last to write their gradients may apply
    /// its derivative.
    var rectifiesOutput: Bool { get }

    /// Whether the backward pass can multiply the gradient that it writes of an input by the derivative of the ReLU which
    /// made that input.
    func canGateGradient(ofInput slot: Int) -> Bool

    /// Whether the forward pass can write its result as some of the channels of a wider map.
    func canWritePart(inputs: [TensorType], convolutions: ConvolutionAlgorithm) -> Bool

    /// The step that computes the operator at a place of a plan.
    ///
    /// - Throws: ``OutOfMemoryError``
    func lowered(at site: LoweringSite) throws(OutOfMemoryError) -> any Step
}

extension Operator {
    public var attributes: [String] { [] }
    public var parameters: [Parameter] { [] }
    public var rectifiesOutput: Bool { false }

    public func window(of inputs: [TensorType]) -> Window? { nil }
    public func multiplyAdds(of inputs: [TensorType]) -> Int { 0 }
    public var isDifferentiable: Bool { true }
    public func readsShapeOnly(ofInput slot: Int) -> Bool { false }
    public func kept(inputCount: Int, trained: Set<Parameter>) -> KeptTensors { KeptTensors() }
    public func canGateGradient(ofInput slot: Int) -> Bool { false }
    public func canWritePart(inputs: [TensorType], convolutions: ConvolutionAlgorithm) -> Bool { false }

    /// Records the operator.
    ///
    /// - Precondition: The values are of one graph.
    public func callAsFunction(_ inputs: Value...) -> Value {
        inputs[0].builder.append(self, to: inputs)[0]
    }
}

/// Tensors of the forward pass that a backward pass reads.
public struct KeptTensors: Hashable, Sendable {
    /// Places of inputs.
    public var inputs: [Int]
    /// Whether the results are read.
    public var outputs: Bool

    public init(inputs: [Int] = [], outputs: Bool = false) {
        self.inputs = inputs
        self.outputs = outputs
    }
}

/// A rectangle of pixels that moves over a map.
public struct Window: Hashable, Sendable {
    /// Pixels from the first to the last, those between the taps of a dilated kernel included.
    public var size: Extent
    public var stride: Extent

    public init(size: Extent, stride: Extent) {
        self.size = size
        self.stride = stride
    }
}

/// Inputs that an operator cannot take.
public struct OperatorError: Error, Hashable {
    public var kind: GraphError.Kind
    public var problem: String

    public init(_ problem: String, kind: GraphError.Kind = .shape) {
        self.kind = kind
        self.problem = problem
    }
}
