import ArgumentParser
import Needletail
import NeedletailKernels

/// Whole training steps of detectors: forward, losses, backward, clipping, optimiser.
struct TrainingSuite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "training",
        abstract: "Time training steps with 3 classes: RetinaNet, batch 4 of 320x448, and YOLOX, batch 8 of 416x416.")

    @OptionGroup var options: SuiteOptions

    @Flag(help: "Time each step of both passes too.")
    var steps = false

    private struct Case {
        var name: String
        var network: any DenseArchitecture
        var transform = InputTransform(minimumSize: 320)
        var batchSize = 4
        /// Trained layers of the backbone.
        var layers: Int
    }

    private static let retinaNet = RetinaNet(backbone: .resnet18, classCount: 4)
    private static let cases = [
        Case(name: "retinanet-resnet18", network: retinaNet, layers: 3),
        Case(name: "retinanet-resnet18-frozen", network: retinaNet, layers: 0),
        Case(
            name: "yolox-nano", network: YOLOX(.nano, classCount: 3), transform: YOLOX.inputTransform(size: 416),
            batchSize: 8, layers: 5),
    ]

    func run() throws {
        let pool = ThreadPool(threadCount: options.threads)
        var measurements: [Measurement] = []
        let peak = options.peak
        for item in Self.cases where options.includes(item.name) {
            let detector = DenseDetector(
                DenseDetector.Configuration(network: item.network, transform: item.transform, categories: []))
            let parameters = detector.trainedParameters(backboneStages: item.layers)
            let step = try TrainingStep(
                detector, parameters: parameters, optimizer: Optimizer(.init(), parameters: parameters),
                gradientNormLimit: 10, pool: pool)
            let batch = Self.batch(of: item.batchSize, transform: item.transform)
            let plan = try step.plan(for: batch)
            var measurement = try Measurement.run(item.name, seconds: options.seconds) {
                step.begin()
                _ = try step.add(batch)
                try step.take(learningRate: 1e-5)
            }
            measurement.rates["MiB plan memory"] = Double(plan.memorySize) / 1_048_576
            measurements.append(measurement)
            if steps {
                measurements += Measurement.trainingSteps(
                    of: item.name, plan: plan, seconds: options.seconds, peak: peak)
            }
        }
        try options.show(measurements, names: Self.cases.map(\.name))
    }

    /// Images of 640x480 with 14 boxes each, like a photograph of blood cells.
    static func batch(of count: Int, transform: InputTransform) -> TrainingBatch<DetectionTarget> {
        var stream = RandomStream(seed: 7)
        let samples = (0..<count).map { _ in
            let bytes = (0..<640 * 480 * 3).map { _ in UInt8(truncatingIfNeeded: stream.next()) }
            let boxes = (0..<14).map { _ in
                let x = stream.nextUnit() * 520, y = stream.nextUnit() * 360
                return Corners(x, y, x + 40 + stream.nextUnit() * 70, y + 40 + stream.nextUnit() * 70)
            }
            return TrainingSample(
                image: Image(width: 640, height: 480, bytes: bytes), boxes: boxes,
                classIndices: boxes.indices.map { $0 % 3 + 1 }, flippedHorizontally: false)
        }
        return TrainingBatch(samples: samples, transform: transform)
    }
}
