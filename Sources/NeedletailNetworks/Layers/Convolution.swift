import NeedletailRuntime

/// A two-dimensional convolution, optionally dilated or grouped.
public struct Convolution {
    /// `[outputChannels, inputChannels / groups, kernel, kernel]`.
    public let weight: Parameter
    public let bias: Parameter?
    private let stride: Int
    private let padding: Int
    private let dilation: Int
    private let groups: Int

    /// - Parameters:
    ///   - scope: Where `weight` and `bias` are named.
    ///   - padding: Zeros on every side; half of the kernel, rounded down, unless given.
    public init(
        _ scope: ParameterScope, inputChannels: Int, outputChannels: Int, kernel: Int, stride: Int = 1,
        padding: Int? = nil, dilation: Int = 1, groups: Int = 1, hasBias: Bool, initializedBy initializer: Initializer,
        bias initialBias: Float = 0
    ) {
        weight = scope.parameter(
            "weight", shape: [outputChannels, inputChannels / groups, kernel, kernel], initializedBy: initializer)
        bias = hasBias ? scope.parameter("bias", shape: [outputChannels], initializedBy: .constant(initialBias)) : nil
        self.stride = stride
        self.padding = padding ?? kernel / 2
        self.dilation = dilation
        self.groups = groups
    }

    public func callAsFunction(_ input: Value) -> Value {
        precondition(
            input.channels == weight.shape[1] * groups,
            "\(weight.name) takes \(weight.shape[1] * groups) channels, not \(input.channels)")
        return input.applying(
            .convolution(
                .init(
                    weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups)),
            channels: weight.shape[0])
    }
}
