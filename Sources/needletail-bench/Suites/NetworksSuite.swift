import ArgumentParser
import Needletail
import NeedletailKernels

/// Inference of whole networks, on fixed random images.
struct NetworksSuite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "networks", abstract: "Time the forward pass of whole networks, batch 1.")

    @OptionGroup var options: SuiteOptions

    @Flag(help: "Time each step of the networks too.")
    var steps = false

    static let names = classifiers + detectors
    private static let classifiers = [
        "resnet18", "resnet50", "vgg16", "alexnet", "mobilenet-v2", "mobilenet-v3-large", "efficientnet-lite0",
    ]
    private static let detectors = [
        "retinanet-resnet18", "ssd300-vgg16", "ssdlite320-mobilenet-v3-large", "yolox-nano", "yolox-s",
    ]

    func run() throws {
        let pool = ThreadPool(threadCount: options.threads)
        var measurements: [Measurement] = []
        let peak = options.peak
        for name in Self.names where options.includes(name) {
            let plan = try Self.plan(name, pool: pool)
            var stream = RandomStream(seed: 1)
            var whole = Measurement.run(name, seconds: options.seconds) {
                // The input does not outlive a run of the plan, and a person's image is new each time.
                plan.input[0] = stream.nextUnit()
                plan.forward()
            }
            whole.addRate(multiplyAdds: plan.multiplyAdds, peak: peak)
            measurements.append(whole)
            if steps {
                measurements += Measurement.steps(of: name, seconds: options.seconds, peak: peak, plan.timedForward)
            }
        }
        try options.show(measurements, names: Self.names)
    }

    /// Classifiers, SSD and YOLOX at the size they were made for, RetinaNet at 320x448; detectors with COCO's classes.
    ///
    /// - Parameter threadCount: Threads that the work is cut for; the pool's unless given.
    static func plan(_ name: String, pool: ThreadPool, threadCount: Int? = nil) throws -> Plan {
        let graph: Graph
        var shape = TensorShape(batch: 1, height: 224, width: 224, channels: 3)
        if let architecture = AnyBackboneArchitecture(name: name)?.architecture {
            let parts = architecture.makeClassifier(
                ParameterStore().root, classCount: architecture.usualClassCount, normalization: .frozen, seed: 0)
            graph = Graph(channels: architecture.inputChannels, output: "logits", parts.logits)
            shape = TensorShape(
                batch: 1, height: architecture.inputSize, width: architecture.inputSize,
                channels: architecture.inputChannels)
        } else if let recipe = AnyDetectorRecipe.models.first(where: { $0.name == name })?.recipe.recipe {
            // torchvision counts categories that nothing is annotated with.
            let network = recipe.network(
                for: DetectorSubject(
                    classCount: recipe is YOLOXRecipe ? 80 : 90, isPretrained: false, normalization: .frozen))
            graph = network.makeNetwork(seed: 0).graph
            let side = recipe.inputSize ?? (network as? YOLOX)?.variant.inputSize
            (shape.height, shape.width) = side.map { ($0, $0) } ?? (320, 448)
        } else {
            preconditionFailure("there is no network \(name)")
        }
        let plan = try Plan(graph: graph, inputShape: shape, purpose: .inference, pool: pool, threadCount: threadCount)
        var stream = RandomStream(seed: 1)
        for index in plan.input.indices { plan.input[index] = stream.nextNormal() }
        return plan
    }
}
