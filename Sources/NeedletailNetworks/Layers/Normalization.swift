import NeedletailRuntime

/// Batch normalisation, frozen or trained.
public struct BatchNormalization {
    /// How a network's batch normalisation behaves in training.
    public enum Kind: String, CaseIterable, Codable, Sendable {
        /// Weight, bias and statistics are fixed numbers, as torchvision's `FrozenBatchNorm2d`: right for the small
        /// batches of detection.
        case frozen
        /// Weight and bias are trained, and the batch's statistics are used while they are.
        case trained
    }

    private let parameters: Operation.BatchNormalization

    /// - Parameter epsilon: torchvision's detection weights were made with 0; everything else uses 1e-5.
    public init(_ scope: ParameterScope, channels: Int, kind: Kind, epsilon: Float = 1e-5) {
        let role: Parameter.Role = kind == .frozen ? .statistic : .weight
        func parameter(_ name: String, _ role: Parameter.Role, _ value: Float) -> Parameter {
            scope.parameter(name, shape: [channels], role: role, initializedBy: .constant(value))
        }
        parameters = .init(
            weight: parameter("weight", role, 1), bias: parameter("bias", role, 0),
            mean: parameter("running_mean", .statistic, 0), variance: parameter("running_var", .statistic, 1),
            epsilon: epsilon, momentum: 0.1)
    }

    public func callAsFunction(_ input: Value) -> Value { input.applying(.batchNormalization(parameters)) }
}

/// Group normalisation.
public struct GroupNormalization {
    private let parameters: Operation.GroupNormalization

    public init(_ scope: ParameterScope, channels: Int, groups: Int = 32, epsilon: Float = 1e-5) {
        parameters = .init(
            weight: scope.parameter("weight", shape: [channels], initializedBy: .constant(1)),
            bias: scope.parameter("bias", shape: [channels], initializedBy: .constant(0)), groups: groups,
            epsilon: epsilon)
    }

    public func callAsFunction(_ input: Value) -> Value { input.applying(.groupNormalization(parameters)) }
}
