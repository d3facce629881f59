import ArgumentParser
import Needletail
import NeedletailKernels

/// Whole training steps of classifiers: forward, loss, backward, clipping, optimiser.
struct ClassificationSuite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classification",
        abstract: "Time training steps of classifiers: LeNet-5, batch 64, and 1000 classes at 224 pixels, batch 16.")

    @OptionGroup var options: SuiteOptions

    @Flag(help: "Time each step of both passes too.")
    var steps = false

    private static let names = ["lenet5", "alexnet", "vgg11", "mobilenet-v2"]

    func run() throws {
        let pool = ThreadPool(threadCount: options.threads)
        var measurements: [Measurement] = []
        let peak = options.peak
        for name in Self.names where options.includes(name) {
            guard let architecture = AnyBackboneArchitecture(name: name) else {
                preconditionFailure("there is no network \(name)")
            }
            let isGray = architecture.architecture.inputChannels == 1
            let size = architecture.architecture.inputSize
            var transform = InputTransform(fit: .whole, minimumSize: size, maximumSize: size, divisor: 1)
            if isGray { transform.channelOrder = .gray }
            let classifier = Classifier(
                architecture, classCount: architecture.architecture.usualClassCount, inputTransform: transform)
            let parameters = classifier.parameterGroups.flatMap(\.parameters).filter { $0.role != .statistic }
            let step = try TrainingStep(
                classifier, parameters: parameters,
                optimizer: Optimizer(
                    .init(method: SGD(usesNesterov: true), weightDecay: 5e-4), parameters: parameters),
                gradientNormLimit: 10, pool: pool)
            let batch = Self.batch(classifier, size: size, count: isGray ? 64 : 16)
            let plan = try step.plan(for: batch)
            var measurement = try Measurement.run(name, seconds: options.seconds) {
                step.begin()
                _ = try step.add(batch)
                try step.take(learningRate: 1e-5)
            }
            // Backward of a layer costs twice what forward does.
            measurement.addRate(multiplyAdds: 3 * plan.multiplyAdds, peak: peak)
            measurement.rates["MiB plan memory"] = Double(plan.memorySize) / 1_048_576
            measurements.append(measurement)
            if steps {
                measurements += Measurement.trainingSteps(
                    of: name, plan: plan, seconds: options.seconds, peak: peak)
            }
        }
        try options.show(measurements, names: Self.names)
    }

    private static func batch(_ classifier: Classifier, size: Int, count: Int) -> TrainingBatch<[Int]> {
        var stream = RandomStream(seed: 7)
        let classes = classifier.configuration.classes.count
        let channels = classifier.inputTransform.channels
        return TrainingBatch(
            pixels: (0..<count * size * size * channels).map { _ in stream.nextNormal() },
            targets: (0..<count).map { [$0 % classes] }, width: size, height: size, channels: channels)
    }
}
