import NeedletailRuntime

/// A residual network: stem, four stages of residual blocks, classifier.
///
/// He et al., "Deep Residual Learning for Image Recognition", 2015, with torchvision's parameter names; in
/// bottlenecks the stride sits in the 3x3 convolution, as torchvision has it ("ResNet v1.5").
public struct ResNet {
    /// The depth and width of a residual network.
    public enum Architecture: String, CaseIterable, Codable, Sendable {
        /// One basic block a stage and a quarter of the width: 0.3 million parameters.
        case resnet10Quarter = "resnet10-quarter"
        case resnet18, resnet34, resnet50, resnet101, resnet152

        /// Blocks in each of the four stages.
        public var blocks: [Int] {
            switch self {
            case .resnet10Quarter: [1, 1, 1, 1]
            case .resnet18: [2, 2, 2, 2]
            case .resnet34, .resnet50: [3, 4, 6, 3]
            case .resnet101: [3, 4, 23, 3]
            case .resnet152: [3, 8, 36, 3]
            }
        }

        /// Whether blocks are bottlenecks (1x1, 3x3, 1x1) instead of pairs of 3x3 convolutions.
        public var usesBottlenecks: Bool {
            switch self {
            case .resnet10Quarter, .resnet18, .resnet34: false
            case .resnet50, .resnet101, .resnet152: true
            }
        }

        /// Channels of the stem; each stage has twice the channels of the one before.
        public var width: Int { self == .resnet10Quarter ? 16 : 64 }

        /// Output channels of the four stages.
        public var stageChannels: [Int] { (0..<4).map { (width << $0) * (usesBottlenecks ? 4 : 1) } }
    }

    public let architecture: Architecture
    private let stem: Convolution
    private let stemNormalization: BatchNormalization
    private let stages: [[ResidualBlock]]
    private let classifier: Linear?

    /// - Parameters:
    ///   - scope: Where the parameters are named: the root for a classifier, `backbone.body` in a detector.
    ///   - classCount: Outputs of the classifier, or nil for a backbone without one.
    ///   - seed: For the initial weights.
    public init(
        _ scope: ParameterScope, architecture: Architecture, classCount: Int? = nil,
        normalization: BatchNormalization.Kind, epsilon: Float = 1e-5, seed: UInt64 = 0
    ) {
        self.architecture = architecture
        let width = architecture.width
        stem = Convolution(
            scope["conv1"], inputChannels: 3, outputChannels: width, kernel: 7, stride: 2, hasBias: false,
            initializedBy: .kaimingNormalFanOut(seed: seed))
        stemNormalization = BatchNormalization(scope["bn1"], channels: width, kind: normalization, epsilon: epsilon)
        var channels = width
        stages = architecture.blocks.enumerated().map { stage, count in
            let stageScope = scope["layer\(stage + 1)"]
            return (0..<count).map { block in
                let result = ResidualBlock(
                    stageScope[block], inputChannels: channels, width: width << stage,
                    stride: stage > 0 && block == 0 ? 2 : 1, isBottleneck: architecture.usesBottlenecks,
                    normalization: normalization, epsilon: epsilon, seed: seed)
                channels = architecture.stageChannels[stage]
                return result
            }
        }
        classifier = classCount.map {
            Linear(
                scope["fc"], inputs: architecture.stageChannels[3], outputs: $0,
                initializedBy: .kaimingUniform(slope: Float(5).squareRoot(), seed: seed))
        }
    }

    /// The feature maps of the four stages, at strides 4, 8, 16 and 32.
    public func features(_ image: Value) -> [Value] {
        var value = stemNormalization(stem(image)).relu().maxPooled(kernel: 3, stride: 2, padding: 1)
        return stages.map { blocks in
            for block in blocks { value = block(value) }
            return value
        }
    }

    /// Class logits, `[batch, 1, 1, classes]`.
    ///
    /// - Precondition: The network was made with a classifier.
    public func callAsFunction(_ image: Value) -> Value {
        guard let classifier, let last = features(image).last else {
            preconditionFailure("this residual network was made without a classifier")
        }
        return classifier(last.globalAveragePooled())
    }

    /// The stage that a parameter belongs to, counted from the input: 0 for the stem, nil for the classifier.
    ///
    /// - Parameter name: Inside the network, such as `layer2.0.conv1.weight`.
    public static func stage(ofParameter name: String) -> Int? {
        let prefixes = [["conv1.", "bn1."], ["layer1."], ["layer2."], ["layer3."], ["layer4."]]
        return prefixes.firstIndex { $0.contains { name.hasPrefix($0) } }
    }
}

/// Two or three convolutions whose result is added to their input.
struct ResidualBlock {
    private let convolutions: [(convolution: Convolution, normalization: BatchNormalization)]
    /// Brings the input to the output's size and channels where they differ.
    private let projection: (convolution: Convolution, normalization: BatchNormalization)?

    init(
        _ scope: ParameterScope, inputChannels: Int, width: Int, stride: Int, isBottleneck: Bool,
        normalization: BatchNormalization.Kind, epsilon: Float, seed: UInt64
    ) {
        let outputChannels = isBottleneck ? width * 4 : width
        let layout: [(input: Int, output: Int, kernel: Int, stride: Int)] =
            isBottleneck
            ? [(inputChannels, width, 1, 1), (width, width, 3, stride), (width, outputChannels, 1, 1)]
            : [(inputChannels, width, 3, stride), (width, width, 3, 1)]
        func layer(
            _ name: String, _ normalizationName: String, _ layer: (input: Int, output: Int, kernel: Int, stride: Int)
        )
            -> (Convolution, BatchNormalization)
        {
            (
                Convolution(
                    scope[name], inputChannels: layer.input, outputChannels: layer.output, kernel: layer.kernel,
                    stride: layer.stride, hasBias: false, initializedBy: .kaimingNormalFanOut(seed: seed)),
                BatchNormalization(
                    scope[normalizationName], channels: layer.output, kind: normalization, epsilon: epsilon)
            )
        }
        convolutions = layout.enumerated().map { layer("conv\($0 + 1)", "bn\($0 + 1)", $1) }
        projection =
            stride != 1 || inputChannels != outputChannels
            ? layer("downsample.0", "downsample.1", (inputChannels, outputChannels, 1, stride)) : nil
    }

    func callAsFunction(_ input: Value) -> Value {
        let shortcut = projection.map { $0.normalization($0.convolution(input)) } ?? input
        var value = input
        for (index, layer) in convolutions.enumerated() {
            value = layer.normalization(layer.convolution(value))
            if index < convolutions.count - 1 { value = value.relu() }
        }
        return (value + shortcut).relu()
    }
}
