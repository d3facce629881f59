/// What is fused behind a convolution: `output = activation(convolution + bias + residual)`.
public struct ConvolutionEpilogue {
    /// One value an output channel.
    public var bias: UnsafePointer<Float>?
    /// A tensor of the output's shape that is added before the activation.
    public var residual: UnsafePointer<Float>?
    /// Applied last.
    public var activation: Activation?

    public init(
        bias: UnsafePointer<Float>? = nil, residual: UnsafePointer<Float>? = nil, activation: Activation? = nil
    ) {
        self.bias = bias
        self.residual = residual
        self.activation = activation
    }
}

/// Memory that will be read later, for the caches to be filled with by the way.
public struct ReadAhead {
    public var memory: UnsafeBufferPointer<Float>
    /// Of every share of it that one thread will read, the part from one fraction to another.
    public var part: Range<Float>

    public init(memory: UnsafeBufferPointer<Float>, part: Range<Float>) {
        self.memory = memory
        self.part = part
    }
}

/// One of the maps that a convolution is applied to, in each of its passes.
public enum ConvolutionMap {
    public struct Forward {
        public var input: UnsafePointer<Float>
        public var output: UnsafeMutablePointer<Float>
        public var epilogue: ConvolutionEpilogue
        /// Floats from a pixel of the output to the next, where it is some of the channels of a wider map; see
        /// ``ConvolutionKernel/canWriteParts``.
        public var outputStride: Int?
        /// See ``ConvolutionKernel/readAheadCount``.
        public var ahead: ReadAhead?

        public init(
            input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
            epilogue: ConvolutionEpilogue = ConvolutionEpilogue(), outputStride: Int? = nil, ahead: ReadAhead? = nil
        ) {
            self.input = input
            self.output = output
            self.epilogue = epilogue
            self.outputStride = outputStride
            self.ahead = ahead
        }
    }

    public struct InputGradient {
        public var outputGradient: UnsafePointer<Float>
        public var inputGradient: UnsafeMutablePointer<Float>
        /// Whether to add to what is there.
        public var accumulates: Bool
        /// The rectified input: where it is not positive the sum becomes 0, which is the derivative of its ReLU.
        public var gate: UnsafePointer<Float>?

        public init(
            outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool,
            gate: UnsafePointer<Float>? = nil
        ) {
            self.outputGradient = outputGradient
            self.inputGradient = inputGradient
            self.accumulates = accumulates
            self.gate = gate
        }
    }

    public struct WeightGradient {
        public var input: UnsafePointer<Float>
        public var outputGradient: UnsafePointer<Float>

        public init(input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>) {
            self.input = input
            self.outputGradient = outputGradient
        }
    }
}
