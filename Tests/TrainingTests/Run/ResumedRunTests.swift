import Foundation
import NeedletailAugmentation
import NeedletailGraph
import NeedletailModels
import NeedletailTraining
import ProgramRunner
import Testing

/// A run that is stopped after any step and resumed ends with the bits of one that was not, whatever it remembers.
@Suite struct ResumedRunTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var optimizer = OptimizerConfiguration()
        var decay = LearningRateSchedule.Decay.constant
        var averageDecay: Double?
        var normalization = BatchNormalization.Kind.frozen
        var sampling = SamplingConfiguration()
        var classWeighting = ClassWeighting.none
        var augmentation: AugmentationPolicy?
        var sizeVariation: Float = 0
        var closingEpochs = 0
        var isYOLOX = false
        var addsL1 = false
    }

    static let cases = [
        Case(testDescription: "gradient descent", optimizer: .init(method: SGD(momentum: 0))),
        Case(testDescription: "momentum"),
        Case(testDescription: "Nesterov", optimizer: .init(method: SGD(usesNesterov: true))),
        Case(testDescription: "Adam", optimizer: .init(method: Adam())),
        Case(testDescription: "AdamW", optimizer: .init(method: AdamW(), weightDecay: 0.05)),
        Case(testDescription: "RMSprop", optimizer: .init(method: RMSProp())),
        Case(
            testDescription: "RMSprop, centred, with momentum",
            optimizer: .init(method: RMSProp(momentum: 0.9, isCentered: true))),
        Case(
            testDescription: "AdaGrad", optimizer: .init(method: AdaGrad(rateDecay: 0.1, initialSum: 0.1))),
        Case(testDescription: "one cycle", decay: .oneCycle()),
        Case(testDescription: "plateau", decay: .plateau(.init(factor: 0.5, patience: 0, threshold: 0.5))),
        Case(testDescription: "average", averageDecay: 0.9),
        Case(
            testDescription: "average and all else", optimizer: .init(method: AdamW()),
            decay: .plateau(.init(patience: 0)), averageDecay: 0.99, normalization: .trained),
        Case(
            testDescription: "sampling and class weights", decay: .oneCycle(),
            sampling: .init(repeatThreshold: 0.9, groupsByAspectRatio: true, emptyImageLimit: 0.4),
            classWeighting: .effectiveNumber),
        Case(testDescription: "inputs of several sizes", sizeVariation: 0.5),
        Case(
            testDescription: "images that are joined until the last epoch", augmentation: AugmentationPolicy(.strong),
            sizeVariation: 0.5, closingEpochs: 1),
        Case(
            testDescription: "YOLOX with L1 in the last epoch, averaged", averageDecay: 0.9, normalization: .trained,
            augmentation: AugmentationPolicy(.strong), closingEpochs: 1, isYOLOX: true, addsL1: true),
    ]

    private let small: SmallRun
    private var folder: TemporaryFolder { small.folder }

    init() throws { small = try SmallRun() }

    /// Three epochs of three batches in a folder, stopped and taken up again after each of `stops` steps.
    private func run(_ item: Case, _ name: String, stops: [Int]) throws {
        let configuration = TrainingConfiguration(
            epochs: 3, batchSize: 2, optimizer: item.optimizer,
            schedule: LearningRateSchedule(baseRate: 1e-3, decay: item.decay),
            classWeighting: item.classWeighting, sampling: item.sampling, weightAverageDecay: item.averageDecay,
            augmentation: item.augmentation, sizeVariation: item.sizeVariation, closingEpochs: item.closingEpochs,
            addsL1: item.addsL1, trainableLayers: 5, seed: 3)
        for (index, stop) in (stops + [.max]).enumerated() {
            let trainer = try small.trainer(
                configuration, in: name, resumes: index > 0, normalization: item.normalization,
                isYOLOX: item.isYOLOX, threadCount: 1 + index % 2)
            var steps = 0
            let summary = try trainer.run(
                shouldStop: { steps >= stop },
                report: { event in if case .step = event { steps += 1 } })
            #expect(summary.wasInterrupted == (stop < .max))
            if !summary.wasInterrupted { try trainer.finish() }
        }
    }

    /// The first line names the column, then a loss an epoch.
    private func losses(_ run: String) throws -> [Substring] {
        try folder.text(of: run + "/results.csv").split(separator: "\n")
            .map { $0.split(separator: ",", omittingEmptySubsequences: false)[1] }
    }

    @Test(arguments: cases) func endsLikeOthers(item: Case) throws {
        try run(item, "whole", stops: [])
        // Within the first epoch, at the end of the second, within the third.
        try run(item, "stopped", stops: [1, 5, 2])
        for file in ["best.safetensors", "last.safetensors", "validation.json"] {
            #expect(try folder.bytes(of: "whole/\(file)") == folder.bytes(of: "stopped/\(file)"), "\(file)")
        }
        // All but the last two columns, which are times.
        func rows(_ run: String) throws -> [[Substring]] {
            try folder.text(of: run + "/results.csv").split(separator: "\n")
                .map { $0.split(separator: ",", omittingEmptySubsequences: false).dropLast(2) }
        }
        #expect(try rows("whole") == rows("stopped"))
        #expect(try rows("whole").count == 4)
    }

    /// Averaged weights are what is written, and training goes on from its own.
    @Test func averagesAreWritten() throws {
        try run(Case(testDescription: ""), "raw", stops: [])
        try run(Case(testDescription: "", averageDecay: 0), "none", stops: [])
        try run(Case(testDescription: "", averageDecay: 0.9), "averaged", stops: [])
        let raw = try folder.bytes(of: "raw/last.safetensors")
        // An average over one step is its weights.
        #expect(try folder.bytes(of: "none/last.safetensors") == raw)
        #expect(try folder.bytes(of: "averaged/last.safetensors") != raw)
        #expect(try losses("averaged") == losses("raw"))
    }

    /// L1 counts in the last epoch alone.
    @Test func l1ChangesTheLastEpochAlone() throws {
        try run(Case(testDescription: "", closingEpochs: 1, isYOLOX: true), "without", stops: [])
        try run(Case(testDescription: "", closingEpochs: 1, isYOLOX: true, addsL1: true), "with", stops: [])
        let (without, with) = (try losses("without"), try losses("with"))
        #expect(without.count == 4 && with[...2] == without[...2])
        let last = try (#require(Double(without[3])), #require(Double(with[3])))
        #expect(last.0 < last.1)
    }

    @Test func plateauNeedsValidation() throws {
        #expect(throws: TrainingError.self) {
            try small.trainer(
                TrainingConfiguration(schedule: .init(baseRate: 1, decay: .plateau(.init()))), in: "run",
                isValidated: false)
        }
    }
}
