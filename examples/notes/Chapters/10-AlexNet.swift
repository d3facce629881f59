import Needletail

/// AlexNet as it was published, in words: its parameters, its operations, and the time they take. Krizhevsky et al., 2012.
enum AlexNetChapter: Chapter {
    static let name = "alexnet"
    static let title = "AlexNet in words: parameters, operations, and time"

    static let layers = """
        input 227 channels=3
        conv 96 kernel=11 stride=4
        relu
        lrn
        max-pool 3 stride=2
        conv 256 kernel=5 padding=2
        relu
        lrn
        max-pool 3 stride=2
        conv 384 kernel=3 padding=1
        relu
        conv 384 kernel=3 padding=1
        relu
        conv 256 kernel=3 padding=1
        relu
        max-pool 3 stride=2
        linear 4096
        relu
        dropout 0.5
        linear 4096
        relu
        dropout 0.5
        linear 9
        """

    static func run(_ notebook: Notebook) throws {
        let network = try LayerList(layers)
        let summary = try GraphSummary(
            network.graph, inputShape: TensorShape(batch: 1, height: 227, width: 227, channels: 3))
        for layer in summary.layers where layer.weightCount > 0 {
            let size = layer.outputShape.dropFirst().map(String.init).joined(separator: "x")
            print(
                "\(layer.operation): \(size), \(Notebook.count(layer.weightCount)) parameters, "
                    + "\(Notebook.count(layer.multiplyAdds)) multiply-adds")
        }
        print("in all \(Notebook.count(summary.weightCount)) parameters")
        print("one picture: \(Notebook.count(summary.operations)) operations, a multiplication and an addition each")

        notebook.title("The first layer by hand")
        print("(11·11·3 + 1)·96 = \(Notebook.count((11 * 11 * 3 + 1) * 96)) parameters")
        print("11·11·3·96·55·55 = \(Notebook.count(11 * 11 * 3 * 96 * 55 * 55)) multiply-adds")

        notebook.title("A million pictures, forward: operations · samples / speed")
        for (speed, name) in [(0.15e12, "0.15 T operations a second"), (12e12, "12 T operations a second")] {
            let seconds = Double(summary.operations) * 1e6 / speed
            print("\(name): \(Int(seconds.rounded())) s = \((seconds / 360).rounded() / 10) h")
        }
    }
}
