import Needletail

/// LeNet-5, and how it learns drawn digits. LeCun et al., 1998.
enum LeNetChapter: Chapter {
    static let name = "lenet"
    static let title = "LeNet-5, layer by layer, and learning digits"

    static func run(_ notebook: Notebook) throws {
        let classifier = Classifier(AnyBackboneArchitecture(LeNet.lenet5), classCount: 10)
        let shape = TensorShape(batch: 1, height: 28, width: 28, channels: 1)
        let summary = try GraphSummary(FuseEpilogue()(classifier.graph), inputShape: shape)
        for layer in summary.layers {
            let size = layer.outputShape.dropFirst().map(String.init).joined(separator: "x")
            print("\(layer.operation): \(size), \(Notebook.count(layer.weightCount)) parameters")
        }
        print("in all \(Notebook.count(summary.weightCount)) parameters")

        notebook.title("Learning drawn digits")
        let batch = 40
        let learner = try Learner(
            classifier, shape: shape.with(batch: batch), pool: notebook.pool)
        var digits = Letters("0123456789")
        let unseen = digits.batch(batch)
        print("before: \(percent(try learner.accuracy(unseen.pixels, unseen.labels))) of unseen digits right")
        for step in 1...60 {
            let (pixels, labels) = digits.batch(batch)
            let loss = learner.step(pixels, labels, rate: 0.003)
            if step % 20 == 0 { print("step \(step): loss \(Notebook.text(loss))") }
        }
        print("after: \(percent(try learner.accuracy(unseen.pixels, unseen.labels))) of unseen digits right")
    }

    static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}
