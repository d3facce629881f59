import Needletail

/// A depthwise separable convolution: each channel alone, then all channels of each pixel. Howard et al., "MobileNets", 2017.
enum Separable: Chapter {
    static let name = "separable"
    static let title = "separable convolution and what it costs"

    static func run(_ notebook: Notebook) throws {
        notebook.title("3x3 on 112x112, from 32 channels to 64")
        let standard = try cost("conv 64 kernel=3 padding=1 no-bias")
        let separable = try cost("depthwise-conv 3 padding=1 no-bias; conv 64 kernel=1 no-bias")
        print("standard: \(text(standard))")
        print("separable: \(text(separable))")
        let ratio = Double(separable.multiplyAdds) / Double(standard.multiplyAdds)
        print("cost: \(rounded(ratio)), by the formula 1/64 + 1/9 = \(rounded(1.0 / 64 + 1.0 / 9))")

        notebook.title("MobileNetV1, layer by layer")
        let architecture = try architecture("mobilenet-v1")
        let network = Classifier(architecture, classCount: 1000)
        let shape = TensorShape(batch: 1, height: 224, width: 224, channels: 3)
        let summary = try GraphSummary(FuseEpilogue()(FoldNormalization()(network.graph)), inputShape: shape)
        for layer in summary.layers {
            guard let share = layer.shareOfStandard, layer.operation.contains("kernel=1") else { continue }
            let channels = layer.outputShape[3], size = layer.outputShape[1]
            print("\(channels) channels on \(size)x\(size): \(rounded(share * 100)) % of a standard convolution")
        }
        print(
            "in all \(Notebook.count(summary.multiplyAdds)) multiply-adds, \(Notebook.count(summary.weightCount)) weights"
        )
    }

    private static func architecture(_ name: String) throws -> AnyBackboneArchitecture {
        guard let architecture = AnyBackboneArchitecture(name: name) else {
            preconditionFailure("the toolkit has no \(name)")
        }
        return architecture
    }

    private static func cost(_ layers: String) throws -> GraphSummary {
        try GraphSummary(
            LayerList(layers, channels: 32, size: 112).graph,
            inputShape: TensorShape(batch: 1, height: 112, width: 112, channels: 32))
    }

    private static func text(_ summary: GraphSummary) -> String {
        "\(Notebook.count(summary.weightCount)) weights, \(Notebook.count(summary.multiplyAdds)) multiply-adds"
    }

    private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
