import NeedletailGraph
import NeedletailKernels

/// A kind of layer that a text may name, with what it takes.
public enum LayerKind: String, CaseIterable, Sendable {
    case convolution = "conv"
    case depthwiseConvolution = "depthwise-conv"
    case transposedConvolution = "transposed-conv"
    case linear
    case maxPooling = "max-pool"
    case averagePooling = "average-pool"
    case globalAveragePooling = "global-average-pool"
    case adaptiveAveragePooling = "adaptive-average-pool"
    case upsampling = "upsample"
    case batchNormalization = "batch-norm"
    case groupNormalization = "group-norm"
    case layerNormalization = "layer-norm"
    case localResponseNormalization = "lrn"
    case relu, relu6
    case leakyReLU = "leaky-relu"
    case silu
    case hardSwish = "hard-swish"
    case sigmoid
    case hardSigmoid = "hard-sigmoid"
    case tanh, gelu, softmax, dropout, flatten

    /// The settings that it takes, written `name=value`.
    var settings: [String] {
        switch self {
        case .convolution: ["kernel", "stride", "padding", "dilation", "groups", "channels"]
        case .depthwiseConvolution: ["stride", "padding", "dilation"]
        case .transposedConvolution: ["kernel", "stride", "padding", "output-padding", "dilation", "groups"]
        case .maxPooling: ["stride", "padding", "dilation"]
        case .averagePooling: ["stride", "padding"]
        case .localResponseNormalization: ["alpha", "beta", "k"]
        default: []
        }
    }

    /// The words that it takes besides.
    var flags: [String] {
        switch self {
        case .convolution, .depthwiseConvolution, .transposedConvolution, .linear: ["no-bias"]
        case .maxPooling, .averagePooling: ["ceil"]
        default: []
        }
    }

    /// How it is written, for people.
    var example: String {
        switch self {
        case .convolution: "conv 64 kernel=3 padding=1"
        case .depthwiseConvolution: "depthwise-conv 3 padding=1"
        case .transposedConvolution: "transposed-conv 64 kernel=2 stride=2"
        case .linear: "linear 10"
        case .maxPooling, .averagePooling: "\(rawValue) 2 stride=2"
        case .adaptiveAveragePooling: "adaptive-average-pool 7"
        case .upsampling: "upsample 2"
        case .groupNormalization: "group-norm 32"
        case .localResponseNormalization: "lrn 5 alpha=1e-4 beta=0.75 k=1"
        case .leakyReLU: "leaky-relu 0.1"
        case .dropout: "dropout 0.5"
        default: rawValue
        }
    }

    /// Whether a number or size stands behind the name: always, or where it is not the usual one.
    enum Argument {
        case required, optional, none
    }

    var argument: Argument {
        switch self {
        case .convolution, .depthwiseConvolution, .transposedConvolution, .linear, .maxPooling, .averagePooling,
            .adaptiveAveragePooling, .upsampling, .groupNormalization, .dropout:
            .required
        case .localResponseNormalization, .leakyReLU: .optional
        default: .none
        }
    }

    /// The function, where the layer is one without a number.
    var activation: Activation? {
        switch self {
        case .relu: .relu
        case .relu6: .relu6
        case .silu: .silu
        case .hardSwish: .hardSwish
        case .sigmoid: .sigmoid
        case .hardSigmoid: .hardSigmoid
        case .tanh: .tanh
        case .gelu: .gelu
        default: nil
        }
    }
}
