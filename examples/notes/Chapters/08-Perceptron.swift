import Needletail

/// One linear layer cannot tell when exactly one of two is on; two with a function between them can.
enum Perceptron: Chapter {
    static let name = "perceptron"
    static let title = "the perceptron, and why it needs a hidden layer"

    /// A picture of 1x2 pixels each.
    private static let pictures: [Float] = [0, 0, 0, 1, 1, 0, 1, 1]
    /// Whether exactly one of its pixels is white.
    private static let labels = [0, 1, 1, 0]

    static func run(_ notebook: Notebook) throws {
        try learn("input 1x2 channels=1; linear 2", "one linear layer", notebook)
        try learn("input 1x2 channels=1; linear 8; linear 2", "two, with nothing between them", notebook)
        try learn("input 1x2 channels=1; linear 8; tanh; linear 2", "two, with tanh between them", notebook)

        notebook.title("For digits of 28x28 pixels: 784 inputs, 256 hidden units, 10 outputs")
        let network = try LayerList("input 28 channels=1; linear 256; relu; linear 10")
        for parameter in network.parameters {
            print("\(parameter.name) \(parameter.shape): \(Notebook.count(parameter.count))")
        }
        print("in all \(Notebook.count(network.parameters.reduce(0) { $0 + $1.count }))")
    }

    private static func learn(_ text: String, _ name: String, _ notebook: Notebook) throws {
        let network = try TextNetwork(text)
        let classifier = Classifier(AnyBackboneArchitecture(network), classCount: 2)
        let learner = try Learner(
            classifier, shape: TensorShape(batch: 4, height: 1, width: 2, channels: 1), pool: notebook.pool)
        var loss: Float = 0
        for _ in 0..<300 { loss = learner.step(pictures, labels, rate: 0.05) }
        let right = Int(try learner.accuracy(pictures, labels) * 4)
        print("\(name): loss \(Notebook.text(loss)), \(right) of 4 right")
    }
}
