import Foundation
import NeedletailDatasets
import NeedletailGeometry
import NeedletailGraph
import NeedletailKernels
import NeedletailModels
import NeedletailTraining
import Testing

/// The loss of a detector on the validation images: it is that of training, and changes nothing of what is trained.
@Suite struct ValidationLossTests {
    private static let configuration = TrainingConfiguration(
        epochs: 2, batchSize: 2, schedule: LearningRateSchedule(baseRate: 1e-3, decay: .constant), boxLossWeight: 2,
        trainableLayers: 5, seed: 3)

    private static func weights(_ path: String) throws -> [[Float]] {
        try DenseDetector(contentsOf: path).parameters.parameters.map { Array($0.values) }
    }

    @Test func isThatOfTrainingAndChangesNothing() throws {
        let small = try SmallRun()
        let summary = try small.trainer(Self.configuration, in: "validated").run()
        let bare = try small.trainer(Self.configuration, in: "bare", isValidated: false).run()
        let path = small.folder("validated/last.safetensors")
        #expect(try Self.weights(path) == Self.weights(small.folder("bare/last.safetensors")))
        #expect(bare.records.allSatisfy { $0.validationLoss == nil })
        #expect(summary.records.map(\.losses) == bare.records.map(\.losses))

        // As a training step sees the one validation image, before it changes anything.
        let record = try #require(summary.records.last)
        #expect(record.validationLosses.map(\.name) == ["classification", "box"])
        let detector = try DenseDetector(contentsOf: path)
        detector.criterion = detector.configuration.network.makeLoss(DenseLossOptions(boxWeight: 2))
        let data = try TrainingData(small.validation, categories: SmallRun.categories, keepsEmptyImages: false)
        let source = DetectionBatches(
            data, transform: detector.inputTransform,
            configuration: TrainingConfiguration(
                batchSize: 1, schedule: Self.configuration.schedule, flipProbability: 0))
        let step = try TrainingStep(
            detector, parameters: detector.trainedParameters(backboneStages: 0), pool: ThreadPool(threadCount: 1))
        let batch = try #require(source.batches(epoch: 0).next()?.batch)
        let expected = try step.add(batch)
        for (loss, term) in zip(record.validationLosses, expected.terms) {
            #expect(abs(loss.value - term) < 1e-4 * max(abs(term), 1), "\(loss.name): \(loss.value), not \(term)")
        }
    }
}
