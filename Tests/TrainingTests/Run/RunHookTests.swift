import Foundation
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailRuntime
import NeedletailTraining
import ProgramRunner
import Testing

/// What goes along with a run, each by itself.
@Suite struct RunHookTests {
    private let folder: TemporaryFolder
    private let run: RunFolder
    private let record = EpochRecord(
        epoch: 2, losses: [.init(name: "classification", value: 0.5), .init(name: "box", value: 0.25)],
        learningRate: 0.125,
        metrics: [Metric(name: .init(key: "averagePrecision", title: "AP"), value: 0.123_456)], trainingSeconds: 61.239,
        validationSeconds: 2)

    init() throws {
        folder = try TemporaryFolder()
        run = try RunFolder(path: folder("run"), resumes: false)
    }

    private func status(_ change: (inout TrainingProgress) -> Void = { _ in }) -> TrainingStatus {
        let configuration = SmallClassification.configuration()
        var progress = TrainingProgress(configuration)
        change(&progress)
        return TrainingStatus(configuration, progress: progress, batchCounts: [200, 200])
    }

    @Test func tableHasAColumnForEverything() throws {
        let metrics = [
            Metric.Name(key: "averagePrecision", title: "AP"), Metric.Name(key: "averagePrecision50", title: "AP50"),
        ]
        let table = ResultsTable(run, lossTerms: ["classification", "box"], metrics: metrics)
        let status = status { $0.records = [record] }
        try table.epochFinished(.init(record: record, isBest: true, failures: []), status)
        #expect(
            try folder.text(of: "run/results.csv") == """
                epoch,loss,loss_classification,loss_box,validation_loss,learning_rate,AP,AP50,training_seconds,validation_seconds
                2,0.75000,0.50000,0.25000,,0.125,0.12346,,61.24,2.00

                """)
    }

    @Test func membersAreNamedAfterTerms() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(
            String(decoding: try encoder.encode(record.members), as: UTF8.self)
                == #"{"averagePrecision":0.123456,"boxLoss":0.25,"classificationLoss":0.5,"epoch":2,"#
                + #""learningRate":0.125,"trainingSeconds":61.239,"validationSeconds":2}"#)
    }

    private func events(of file: String = "run/log.jsonl") throws -> [String] {
        try folder.text(of: file).split(separator: "\n").map { line in
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return "\(value?["event"] ?? "?") \(value?["epoch"] ?? "") \(value?["message"] ?? "")"
        }
    }

    private func log(start: (Int, Int) = (0, 0)) -> RunLog {
        RunLog(
            run, process: RunProcess(version: "1", command: [], pool: ThreadPool(threadCount: 1)),
            start: (bytes: start.0, augmentationBytes: start.1))
    }

    @Test func logIsCutBackToItsState() throws {
        let log = log(), status = status()
        try log.runStarted(status)
        try log.batchLoaded(.init(failures: ["a.jpg: lost", "b.jpg: lost"]), status)
        let kept = log.byteCounts
        try log.batchLoaded(.init(failures: ["a.jpg: lost", "c.jpg: lost"]), status)
        try log.stepSkipped(.init(names: ["d.jpg"]), status)
        #expect(
            try events() == [
                "start 1 ", "image set aside 1 a.jpg: lost", "image set aside 1 b.jpg: lost",
                "image set aside 1 c.jpg: lost", "step skipped 1 ",
            ])
        let next = self.log(start: (kept.log, kept.augmentation))
        try next.runStarted(status)
        // Each image once, whether it was noted before or after the state.
        try next.batchLoaded(.init(failures: ["b.jpg: lost", "c.jpg: lost"]), status)
        try next.epochFinished(.init(record: record, isBest: true, failures: ["c.jpg: lost", "e.jpg: lost"]), status)
        try next.finish(bestEpoch: 2)
        #expect(
            try events() == [
                "start 1 ", "image set aside 1 a.jpg: lost", "image set aside 1 b.jpg: lost", "start 1 ",
                "image set aside 1 c.jpg: lost", "image set aside 2 e.jpg: lost", "epoch 2 ", "end  ",
            ])
    }

    @Test func missingLinesAreWarnedOf() throws {
        var warnings: [String] = []
        let status = status()
        status.report = { event in if case .warning(let text) = event { warnings.append(text) } }
        try log(start: (1000, 0)).runStarted(status)
        #expect(warnings.count == 1 && warnings[0].contains("lines are missing"))
    }

    /// Ten in a row, or more than one in twenty of 200; and what was good is written before.
    @Test func tooManySkippedStepsEndARun() throws {
        let store = ParameterStore()
        let parameter = store.root.parameter("p", shape: [2], initializedBy: .constant(1))
        var writes = 0
        let guardian = DivergenceGuard(store, folder: run) { writes += 1 }
        func skip(inRow: Int, skipped: Int) throws {
            try guardian.stepSkipped(
                .init(names: ["a.jpg"]),
                status {
                    $0.skippedInRow = inRow
                    $0.sums.skipped = skipped
                    $0.batch = 17
                })
        }
        try skip(inRow: 9, skipped: 10)
        #expect(writes == 0)
        for (inRow, skipped, words) in [(10, 10, "10 steps in a row"), (1, 11, "11 of the 200 steps of epoch 1")] {
            let error = try #require(throws: TrainingError.self) { try skip(inRow: inRow, skipped: skipped) }
            #expect(error.kind == .divergence && error.problem.contains(words) && error.problem.contains("step 18"))
            #expect("\(error)".contains("a lower TrainingRecipe.learningRate (it was 0.01)"))
        }
        #expect(writes == 2)
        try guardian.stepsFinished(status())
        parameter.update { $0[1] = .infinity }
        let error = try #require(throws: TrainingError.self) { try guardian.stepsFinished(status()) }
        #expect(error.kind == .divergence && error.problem.contains("(p)"))
    }

    // MARK: Hooks of detectors

    private func detector() -> DenseDetector {
        DenseDetector(
            DenseDetector.Configuration(
                network: RetinaNet(
                    backbone: .resnet10Quarter, channels: 32, headDepth: 1, classCount: 7, normalization: .frozen),
                transform: InputTransform(minimumSize: 64), categories: SmallRun.categories))
    }

    /// The detectors that are written have the averaged weights, and the best stays until there is a better one.
    @Test func detectorsAreWritten() throws {
        let detector = detector()
        var configuration = SmallClassification.configuration()
        configuration.weightAverageDecay = 0.5
        let step = try configuration.step(detector, pool: ThreadPool(threadCount: 1))
        let files = ModelFiles(step, folder: run)
        let bias = try #require(detector.parameters["head.regression_head.bbox_reg.bias"])
        func writtenBias(_ name: String) throws -> Float {
            let written = try #require(DenseDetector(contentsOf: folder("run/" + name)).parameters[bias.name])
            return withExtendedLifetime(written) { written.values[0] }
        }
        func finish(_ weight: Float, isBest: Bool) throws {
            bias.update { $0[0] = weight }
            step.average?.update(pool: ThreadPool(threadCount: 1))
            try files.epochFinished(.init(record: record, isBest: isBest, failures: []), status())
            #expect(bias.values[0] == weight)
        }
        try finish(1, isBest: true)
        #expect(try writtenBias("best.safetensors") == 1)
        // With the ramp the second update has the decay 2/11: 1 + 9/11 · (12 - 1) = 10.
        try finish(12, isBest: false)
        #expect(try writtenBias("best.safetensors") == 1)
        #expect(abs(try writtenBias("last.safetensors") - 10) < 1e-5)
    }

    /// A picture that cannot be drawn is warned of, and costs nothing.
    @Test func picturesAreNotWorthARun() throws {
        let small = try SmallRun()
        let pictures = RunPictures(
            run, data: try TrainingData(small.training, categories: SmallRun.categories, keepsEmptyImages: false),
            detector: detector().configuration, validation: nil)
        try FileManager.default.createDirectory(atPath: run.curves, withIntermediateDirectories: true)
        var warnings = 0
        let status = status { $0.records = [record] }
        status.report = { event in if case .warning = event { warnings += 1 } }
        try pictures.epochFinished(.init(record: record, isBest: true, failures: []), status)
        #expect(warnings == 1)
        try pictures.batchLoaded(.init(names: ["a.jpg"]), status)
        #expect(warnings == 1 && folder.names(in: "run").contains("samples.png"))
    }
}
