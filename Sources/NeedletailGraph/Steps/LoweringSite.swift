import NeedletailKernels

/// Some adjoining channels of a map.
public struct MapPart: Hashable, Sendable {
    /// Channels of the map before them.
    public var offset: Int
    public var count: Int
    /// Channels of the whole map.
    public var stride: Int

    package init(offset: Int, count: Int, stride: Int) {
        self.offset = offset
        self.count = count
        self.stride = stride
    }
}

/// Where an operator becomes a step: the buffers of its tensors, and what the plan is for.
public struct LoweringSite {
    public struct Input {
        public var buffer: BufferID
        public var type: TensorType
        /// Where its gradient goes; nil where none is wanted.
        public var gradient: GradientTarget?
        /// Whether that gradient is to be multiplied by the derivative of the ReLU which made the input.
        public var gatesGradient: Bool
        /// Whether it has been written where the concatenation that reads it wants it.
        public var isInPlace: Bool

        package init(
            buffer: BufferID, type: TensorType, gradient: GradientTarget?, gatesGradient: Bool, isInPlace: Bool = false
        ) {
            self.buffer = buffer
            self.type = type
            self.gradient = gradient
            self.gatesGradient = gatesGradient
            self.isInPlace = isInPlace
        }
    }

    public struct Output {
        public var buffer: BufferID
        public var type: TensorType
        /// Nil where nothing trained lies below.
        public var gradient: BufferID?
        /// Whether the gradient has passed the derivative of the operator's own ReLU already.
        public var gradientIsGated: Bool
        /// Which channels of the buffer it is, where that holds a wider map.
        public var part: MapPart?

        package init(
            buffer: BufferID, type: TensorType, gradient: BufferID?, gradientIsGated: Bool, part: MapPart? = nil
        ) {
            self.buffer = buffer
            self.type = type
            self.gradient = gradient
            self.gradientIsGated = gradientIsGated
            self.part = part
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
