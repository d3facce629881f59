import NeedletailKernels

/// Where an operator becomes a step: the buffers of its tensors, and what the plan is for.
public struct LoweringSite {
    public struct Input {
        public var buffer: BufferID
        public var type: TensorType
        /// Where its gradient goes; nil where none is wanted.
        public var gradient: GradientTarget?
        /// Whether that gradient is to be multiplied by the derivative of the ReLU which made the input.
        public var gatesGradient: Bool

        package init(buffer: BufferID, type: TensorType, gradient: GradientTarget?, gatesGradient: Bool) {
            self.buffer = buffer
            self.type = type
            self.gradient = gradient
            self.gatesGradient = gatesGradient
        }
    }

    public struct Output {
        public var buffer: BufferID
        public var type: TensorType
        /// Nil where nothing trained lies below.
        public var gradient: BufferID?
        /// Whether the gradient has passed the derivative of the operator's own ReLU already.
        public var gradientIsGated: Bool

        package init(buffer: BufferID, type: TensorType, gradient: BufferID?, gradientIsGated: Bool) {
            self.buffer = buffer
            self.type = type
            self.gradient = gradient
            self.gradientIsGated = gradientIsGated
        }
    }

    /// Of the node.
    public var name: String
    public var inputs: [Input]
    public var outputs: [Output]
    /// The parameters whose gradients are wanted.
    public var trained: Set<Parameter>
    public var convolutions: ConvolutionAlgorithm

    package init(
        name: String, inputs: [Input], outputs: [Output], trained: Set<Parameter>, convolutions: ConvolutionAlgorithm
    ) {
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.trained = trained
        self.convolutions = convolutions
    }
}
