import Needletail

/// VGG: only kernels of 3x3, in blocks. Simonyan & Zisserman, 2014.
enum VGGChapter: Chapter {
    static let name = "vgg"
    static let title = "VGG: blocks of 3x3"

    static func run(_ notebook: Notebook) throws {
        notebook.title("Kernels of 3x3 in a row see what a large one sees, with fewer weights")
        for (small, large) in [(2, 5), (3, 7)] {
            let text = [String](repeating: "conv 64 kernel=3 padding=1 no-bias", count: small).joined(separator: "; ")
            let many = try summary(text), one = try summary("conv 64 kernel=\(large) padding=\(large / 2) no-bias")
            print(
                "\(small) of 3x3: sees \(sees(many)), \(Notebook.count(many.weightCount)) weights; "
                    + "one of \(large)x\(large): sees \(sees(one)), \(Notebook.count(one.weightCount)) weights")
        }

        notebook.title("The networks")
        for name in ["vgg11", "vgg13", "vgg16", "vgg19"] {
            guard let architecture = AnyBackboneArchitecture(name: name) else { continue }
            let network = Classifier(architecture, classCount: 1000)
            let summary = try GraphSummary(
                network.graph, inputShape: TensorShape(batch: 1, height: 224, width: 224, channels: 3))
            let linear = summary.layers.filter { $0.operation.hasPrefix("linear") }.reduce(0) { $0 + $1.weightCount }
            let share = (Double(linear) / Double(summary.weightCount) * 1000).rounded() / 10
            print(
                "\(name): \(Notebook.count(summary.weightCount)) parameters, \(share) % of them in linear layers, "
                    + "\(Notebook.count(summary.multiplyAdds)) multiply-adds")
        }
    }

    private static func sees(_ summary: GraphSummary) -> Int { Int(summary.layers.last?.receptiveField?.height ?? 0) }

    private static func summary(_ layers: String) throws -> GraphSummary {
        try GraphSummary(
            LayerList(layers, channels: 64, size: 32).graph,
            inputShape: TensorShape(batch: 1, height: 32, width: 32, channels: 64))
    }
}
