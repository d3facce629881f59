import ArgumentParser
import Needletail
import NeedletailKernels

/// Whole training steps of a RetinaNet: forward, losses, backward, clipping, optimiser.
struct TrainingSuite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "training", abstract: "Time training steps: batch 4, input 320x448, 3 classes.")

    @OptionGroup var options: SuiteOptions

    /// Trained layers of the backbone.
    private static let cases = [("retinanet-resnet18", 3), ("retinanet-resnet18-frozen", 0)]

    func run() throws {
        let pool = ThreadPool(threadCount: options.threads)
        var measurements: [Measurement] = []
        for (name, layers) in Self.cases where options.includes(name) {
            let detector = DenseDetector(
                DenseDetector.Configuration(
                    network: RetinaNet(backbone: .resnet18, classCount: 4), categories: []))
            let parameters = detector.trainedParameters(backboneStages: layers)
            let step = try TrainingStep(
                detector, parameters: parameters, optimizer: Optimizer(.init(), parameters: parameters),
                gradientNormLimit: 10, pool: pool)
            let batch = Self.batch()
            let plan = try step.plan(for: batch)
            var measurement = try Measurement.run(name, seconds: options.seconds) {
                step.begin()
                _ = try step.add(batch)
                step.take(learningRate: 1e-5)
            }
            measurement.rates["MiB plan memory"] = Double(plan.memorySize) / 1_048_576
            measurements.append(measurement)
        }
        try options.show(measurements, names: Self.cases.map(\.0))
    }

    /// Four images of 640x480 with 14 boxes each, like a photograph of blood cells.
    private static func batch() -> TrainingBatch<DetectionTarget> {
        var stream = RandomStream(seed: 7)
        let samples = (0..<4).map { _ in
            let bytes = (0..<640 * 480 * 3).map { _ in UInt8(truncatingIfNeeded: stream.next()) }
            let boxes = (0..<14).map { _ in
                let x = stream.nextUnit() * 520, y = stream.nextUnit() * 360
                return Corners(x, y, x + 40 + stream.nextUnit() * 70, y + 40 + stream.nextUnit() * 70)
            }
            return TrainingSample(
                image: Image(width: 640, height: 480, bytes: bytes), boxes: boxes,
                classIndices: boxes.indices.map { $0 % 3 + 1 }, flippedHorizontally: false)
        }
        return TrainingBatch(samples: samples, transform: InputTransform(minimumSize: 320))
    }
}
