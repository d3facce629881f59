/// One kind of step of a network, with its parameters and attributes.
public enum Operation {
    case input
    case convolution(Convolution)
    /// A matrix product on `[batch, 1, 1, channels]`: weight `[outputs, inputs]`.
    case linear(weight: Parameter, bias: Parameter?)
    case batchNormalization(BatchNormalization)
    case groupNormalization(GroupNormalization)
    case relu
    /// The sum of two values of one shape.
    case add
    case maxPooling(Window)
    case averagePooling(Window)
    /// The mean over all pixels: `[batch, 1, 1, channels]`.
    case globalAveragePooling
    /// Nearest-neighbour resizing of the first input to the size of the second.
    case upsampling

    public struct Convolution {
        /// OIHW.
        public var weight: Parameter
        public var bias: Parameter?
        public var stride: Int
        public var padding: Int
        public var dilation: Int
        public var groups: Int

        public init(
            weight: Parameter, bias: Parameter?, stride: Int, padding: Int, dilation: Int, groups: Int
        ) {
            self.weight = weight
            self.bias = bias
            self.stride = stride
            self.padding = padding
            self.dilation = dilation
            self.groups = groups
        }
    }

    public struct BatchNormalization {
        public var weight: Parameter
        public var bias: Parameter
        public var mean: Parameter
        public var variance: Parameter
        public var epsilon: Float
        /// The share of the batch's statistics in the running ones.
        public var momentum: Float

        public init(
            weight: Parameter, bias: Parameter, mean: Parameter, variance: Parameter, epsilon: Float, momentum: Float
        ) {
            self.weight = weight
            self.bias = bias
            self.mean = mean
            self.variance = variance
            self.epsilon = epsilon
            self.momentum = momentum
        }
    }

    public struct GroupNormalization {
        public var weight: Parameter
        public var bias: Parameter
        public var groups: Int
        public var epsilon: Float

        public init(
            weight: Parameter, bias: Parameter, groups: Int, epsilon: Float
        ) {
            self.weight = weight
            self.bias = bias
            self.groups = groups
            self.epsilon = epsilon
        }
    }

    /// A square pooling window.
    public struct Window: Hashable, Sendable {
        public var kernel: Int
        public var stride: Int
        public var padding: Int

        public init(kernel: Int, stride: Int, padding: Int = 0) {
            self.kernel = kernel
            self.stride = stride
            self.padding = padding
        }
    }

    /// The parameters that the operation reads.
    public var parameters: [Parameter] {
        switch self {
        case .convolution(let convolution): [convolution.weight] + (convolution.bias.map { [$0] } ?? [])
        case .linear(let weight, let bias): [weight] + (bias.map { [$0] } ?? [])
        case .batchNormalization(let norm): [norm.weight, norm.bias, norm.mean, norm.variance]
        case .groupNormalization(let norm): [norm.weight, norm.bias]
        default: []
        }
    }

    /// A short name for summaries.
    public var name: String {
        switch self {
        case .input: "input"
        case .convolution: "convolution"
        case .linear: "linear"
        case .batchNormalization: "batch normalisation"
        case .groupNormalization: "group normalisation"
        case .relu: "ReLU"
        case .add: "add"
        case .maxPooling: "max pooling"
        case .averagePooling: "average pooling"
        case .globalAveragePooling: "global average pooling"
        case .upsampling: "upsampling"
        }
    }
}
