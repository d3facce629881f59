import Needletail

/// What was learnt on one task helps with another that has few examples.
enum FineTuning: Chapter {
    static let name = "fine-tuning"
    static let title = "fine-tuning: layers taken over, frozen, and trained"

    private static let layers = """
        input 28 channels=1; conv 8 kernel=5 padding=2; relu; max-pool 2 stride=2; conv 16 kernel=5; relu
        max-pool 2 stride=2; linear
        """
    private static let shape = TensorShape(batch: 40, height: 28, width: 28, channels: 1)

    static func run(_ notebook: Notebook) throws {
        let source = try classifier(classCount: 10, seed: 0)
        let teacher = try Learner(source, shape: shape, pool: notebook.pool)
        var digits = Letters("0123456789", reach: 12)
        for _ in 0..<150 {
            let (pixels, labels) = digits.batch(40)
            _ = teacher.step(pixels, labels, rate: 0.003)
        }
        let unseen = digits.batch(40)
        print("digits, 150 steps: \(LeNetChapter.percent(try teacher.accuracy(unseen.pixels, unseen.labels))) right")

        notebook.title("Eight letters, of which there are only two pictures each")
        try learn("from nothing", from: nil, frozen: false, notebook)
        try learn("from the digits' weights", from: source, frozen: false, notebook)
        try learn("from these, all but the last layer frozen", from: source, frozen: true, notebook)
    }

    private static func classifier(classCount: Int, seed: UInt64) throws -> Classifier {
        let network = try TextNetwork("\(layers) \(classCount)")
        return Classifier(AnyBackboneArchitecture(network), classCount: classCount, seed: seed)
    }

    private static func learn(_ name: String, from source: Classifier?, frozen: Bool, _ notebook: Notebook) throws {
        let classifier = try classifier(classCount: 8, seed: 7)
        let backbone = classifier.parameterGroups.filter(\.isBackbone).flatMap(\.parameters)
        if let source {
            for parameter in backbone {
                guard let learnt = source.parameters[parameter.name] else { continue }
                parameter.update { _ = $0.update(fromContentsOf: learnt.values) }
            }
        }
        let head = classifier.parameterGroups.filter { !$0.isBackbone }.flatMap(\.parameters)
        let learner = try Learner(
            classifier, shape: shape.with(batch: 16), trained: frozen ? head : backbone + head, pool: notebook.pool)
        var letters = Letters("ACEHKLPX", reach: 12, seed: 1)
        let few = letters.batch(16)
        for _ in 0..<25 { _ = learner.step(few.pixels, few.labels, rate: 0.003) }
        let judge = try Learner(classifier, shape: shape, pool: notebook.pool)
        let unseen = letters.batch(40)
        let trained = (frozen ? head : backbone + head).reduce(0) { $0 + $1.count }
        print(
            "\(name): \(Notebook.count(trained)) weights trained, "
                + "\(LeNetChapter.percent(try judge.accuracy(unseen.pixels, unseen.labels))) of unseen letters right")
    }
}
