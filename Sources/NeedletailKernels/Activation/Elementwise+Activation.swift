import CKernels

extension Elementwise {
    /// `output = activation(input)`, the same bits as behind a convolution. The two may be the same memory.
    public static func apply(
        _ activation: Activation, to input: UnsafePointer<Float>, count: Int, output: UnsafeMutablePointer<Float>,
        pool: ThreadPool
    ) {
        pool.run(count: count, grain: grain) { range, _ in
            needletail_activate(
                nil, activation.code, activation.slope, range.count, input + range.lowerBound,
                output + range.lowerBound)
        }
    }

    /// Multiplies a gradient by the derivative of an activation, in place. Where a ReLU, a ReLU6 or a hard sigmoid is
    /// flat it becomes 0, whatever it was.
    ///
    /// - Parameter values: What the activation gave, or where ``Activation/derivativeFollowsFromOutput`` is false what
    ///   it was given.
    public static func multiply(
        _ gradient: UnsafeMutablePointer<Float>, byDerivativeOf activation: Activation,
        at values: UnsafePointer<Float>, count: Int, pool: ThreadPool
    ) {
        pool.run(count: count, grain: grain) { range, _ in
            needletail_activation_gradient(
                nil, activation.code, activation.slope, range.count, values + range.lowerBound,
                gradient + range.lowerBound)
        }
    }
}

extension Activation {
    /// The kernels' name for it.
    package var code: needletail_activation {
        switch self {
        case .relu: needletail_relu
        case .relu6: needletail_relu6
        case .leakyReLU: needletail_leaky_relu
        case .silu: needletail_silu
        case .hardSwish: needletail_hard_swish
        case .sigmoid: needletail_sigmoid
        case .hardSigmoid: needletail_hard_sigmoid
        case .tanh: needletail_tanh
        case .gelu: needletail_gelu
        }
    }

    package var slope: Float {
        if case .leakyReLU(let slope) = self { slope } else { 0 }
    }
}
