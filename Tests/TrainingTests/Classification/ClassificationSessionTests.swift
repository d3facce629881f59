import Foundation
import NeedletailAugmentation
import NeedletailDatasets
import NeedletailEvaluation
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailTraining
import ProgramRunner
import Testing

/// Runs of a second on drawn bars, upright and lying.
@Suite struct ClassificationSessionTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Bars at places that differ, grey, of 8 x 8 pixels.
    static func bars(_ count: Int, from first: Int = 0) -> ClassificationDataset {
        var bytes: [UInt8] = []
        for index in first..<first + count {
            let place = index / 2 % 8, isUpright = index % 2 == 0
            for y in 0..<8 {
                for x in 0..<8 {
                    let noise = UInt8((index * 31 + y * 17 + x * 7) % 40)
                    bytes.append((isUpright ? x : y) == place ? 200 + noise : noise)
                }
            }
        }
        let array = PictureArray(width: 8, height: 8, format: .gray, count: count, bytes: bytes)
        return ClassificationDataset(
            path: "bars", classes: ["upright", "lying"],
            items: (0..<count).map { .init(name: "\(first + $0)", source: .array(array, $0), labels: [$0 % 2]) })
    }

    private static func recipe(_ text: String = "input 8 channels=1; conv 4 kernel=3; relu; dropout 0.2; linear 2")
        throws
        -> ClassificationRecipe
    {
        var recipe = ClassificationRecipe()
        recipe.network = AnyBackboneArchitecture(try TextNetwork(text))
        recipe.batchSize = 8
        recipe.epochs = 3
        recipe.learningRate = 0.05
        return recipe
    }

    private func session(
        _ recipe: ClassificationRecipe, in name: String, resumes: Bool = false, threads: Int = 1,
        weights: String? = nil,
        change: (inout RunOptions) -> Void = { _ in }
    ) throws -> ClassificationSession {
        var options = RunOptions()
        change(&options)
        return try ClassificationSession(
            ClassificationMaterial(Self.bars(48), validation: Self.bars(16, from: 48), weights: weights),
            recipe: recipe,
            folder: folder(name), resumes: resumes, seed: 5, pool: ThreadPool(threadCount: threads), options: options)
    }

    @Test(arguments: [("relu", Initialization.kaiming), ("tanh", nil), ("batch-norm; relu", nil)])
    func rectifiersThatNothingNormalizesBeginWithTheirOwnWeights(layers: String, expected: Initialization?) throws {
        let session = try session(Self.recipe("input 8 channels=1; conv 4 kernel=3; \(layers); linear 2"), in: "run")
        #expect(session.configuration.initialization == expected)
    }

    @Test(arguments: [
        ("relu", 5, Float(0.000625)), ("relu", 4, 0.00625), ("batch-norm; relu", 5, 0.00625), ("tanh", 5, 0.00625),
    ])
    func deepNetworksThatNothingNormalizesLearnSlower(between: String, depth: Int, expected: Float) throws {
        let layers = repeatElement("conv 4 kernel=3 padding=1; \(between); ", count: depth).joined()
        var recipe = try Self.recipe("input 8 channels=1; \(layers)linear 2")
        recipe.learningRate = nil
        let rate = try session(recipe, in: "run").configuration.schedule.baseRate
        #expect(abs(rate - expected) < 1e-7)
    }

    @Test func learns() throws {
        var recipe = try Self.recipe()
        recipe.epochs = 12
        let session = try session(recipe, in: "run")
        let summary = try session.run()
        let best = try #require(summary.records.first { $0.epoch == summary.bestEpoch })
        #expect(best.metrics.map(\.name.key) == ["accuracy", "topFiveAccuracy", "macroF1"])
        #expect((best.metric("accuracy") ?? 0) >= 0.9)
        #expect(summary.records.allSatisfy { ($0.validationLoss ?? -1) > 0 })
        let read = try Classifier(contentsOf: session.folder.best)
        #expect(read.configuration.classes == ["upright", "lying"])
        #expect(
            folder.names(in: "run") == [
                "best.safetensors", "configuration.json", "curves.png", "last.safetensors", "log.jsonl",
                "predictions.png",
                "results.csv", "run.lock", "samples.png", "validation.csv",
            ])
        let table = try folder.text(of: "run/validation.csv").split(separator: "\n")
        #expect(table.count == 17 && table[0] == "file,class,predicted,probability,upright,lying")
        #expect(
            try folder.text(of: "run/results.csv").hasPrefix(
                "epoch,loss,loss_classification,validation_loss,learning_rate,accuracy,top-5,F1"))
    }

    /// Dropout, augmentation and order depend on the step, the picture and the epoch alone.
    @Test func threadsAndInterruptionsChangeNoBit() throws {
        var recipe = try Self.recipe()
        recipe.variation = ImageVariation(try AugmentationPolicy(text: "affine p=0.7 angle=-5..5\nnoise p=0.5\n"))
        recipe.weightAverageDecay = 0.9
        try session(recipe, in: "whole").run()
        let whole = try folder.bytes(of: "whole/last.safetensors")
        try session(recipe, in: "two", threads: 2).run()
        #expect(try folder.bytes(of: "two/last.safetensors") == whole)
        for limit in [2, 9] {
            let name = "stopped\(limit)"
            var steps = 0
            let summary = try session(recipe, in: name).run(
                shouldStop: { steps >= limit }, report: { if case .step = $0 { steps += 1 } })
            #expect(summary.wasInterrupted && folder.names(in: name).contains("state.safetensors"))
            try session(recipe, in: name, resumes: true, threads: 2).run()
            #expect(try folder.bytes(of: name + "/last.safetensors") == whole)
            #expect(try folder.bytes(of: name + "/best.safetensors") == folder.bytes(of: "whole/best.safetensors"))
            #expect(try folder.text(of: name + "/validation.csv") == folder.text(of: "whole/validation.csv"))
        }
    }

    /// A run is continued only as itself.
    @Test func anotherRunIsRefused() throws {
        var recipe = try Self.recipe()
        var steps = 0
        try session(recipe, in: "run").run(shouldStop: { steps >= 2 }, report: { if case .step = $0 { steps += 1 } })
        recipe.labelSmoothing = 0.1
        let error = #expect(throws: TrainingError.self) { try session(recipe, in: "run", resumes: true) }
        #expect(
            error?.problem.contains("loss, cross entropy, label smoothing: 0 then, 0.1") == true,
            "\(error?.problem ?? "")")
    }

    /// What frozen layers compute is kept; with it or without it the head learns nearly the same, and they stay as they were.
    @Test func frozenStagesStay() throws {
        var recipe = try Self.recipe("input 8 channels=1; conv 4 kernel=3; relu; linear 2")
        try session(recipe, in: "first").run()
        let weights = folder("first/best.safetensors")
        recipe.trainableLayers = 0
        let source = try Classifier(contentsOf: weights)
        func trained(_ name: String, limit: Int) throws -> (Classifier, [Float]) {
            let session = try session(recipe, in: name, weights: weights) { $0.featureCacheLimit = limit }
            try session.run()
            let head = try #require(session.classifier.parameters["2.weight"])
            return (session.classifier, Array(head.values))
        }
        let (kept, keptHead) = try trained("kept", limit: 1 << 20)
        let (_, anewHead) = try trained("anew", limit: 0)
        for (left, right) in zip(keptHead, anewHead) { #expect(abs(left - right) < 1e-4) }
        let first = try #require(kept.parameters["0.weight"]), before = try #require(source.parameters["0.weight"])
        #expect(Array(first.values) == Array(before.values))
    }

    @Test func nothingToTellApart() throws {
        var one = Self.bars(8)
        one.items.removeAll { $0.labels == [1] }
        let error = #expect(throws: TrainingError.self) { try ClassificationMaterial(one) }
        #expect(error?.problem == "all pictures are of one class, 'upright', and there is nothing to be told apart")
        var strange = Self.bars(8)
        strange.classes = ["red", "blue"]
        #expect(throws: TrainingError.self) { try ClassificationMaterial(Self.bars(8), validation: strange) }
        // A file of a classifier tells 2^16 classes apart, and could not be read again with one more.
        func classes(_ count: Int) -> ClassificationDataset {
            ClassificationDataset(
                path: "table.csv", classes: (0..<count).map { "\($0)" },
                items: (0..<count).map { .init(name: "\($0).png", source: .file("\($0).png"), labels: [$0]) })
        }
        let many = #expect(throws: TrainingError.self) { try ClassificationMaterial(classes(65_537)) }
        #expect(many?.problem.contains("65537 classes with pictures") ?? false, "\(String(describing: many))")
        #expect(many?.problem.contains("65536 at most") ?? false && many?.remedy != nil)
        #expect(throws: Never.self) { try ClassificationMaterial(classes(65_536)) }
    }

    /// What a sheet lacks is told.
    @Test func sheetsNameWhatTheyLack() throws {
        var dataset = Self.bars(2)
        dataset.items[1].source = .file("/nowhere/a.png")
        let pictures = dataset.items.indices.map {
            ClassifiedPicture(
                name: "\($0)", row: $0, labels: dataset.items[$0].labels, probabilities: [0.75, 0.25])
        }
        let sheet = ClassificationSheet(dataset: dataset, pictures: pictures).drawn()
        #expect(
            sheet.image != nil
                && sheet.failures == [
                    "/nowhere/a.png: no such file; check the path and the image folder it is looked up in"
                ])
        let none = ClassificationSheet(dataset: dataset, pictures: [pictures[1]]).drawn()
        #expect(none.image == nil && none.failures.count == 1)
    }

    /// Half of the numbers are 0, the others 255: their mean and deviation are both one half.
    @Test func statisticsOfTheInput() throws {
        let array = PictureArray(width: 2, height: 1, format: .gray, count: 2, bytes: [0, 255, 255, 0])
        let dataset = ClassificationDataset(
            path: "", classes: ["a"],
            items: (0..<2).map { .init(name: "\($0)", source: .array(array, $0), labels: [0]) })
        let transform = InputTransform(
            fit: .whole, minimumSize: 1, maximumSize: 2, divisor: 1, channelOrder: .gray)
        let statistics = try InputStatistics(dataset, transform: transform)
        #expect(statistics.mean.x == 0.5 && statistics.deviation.x == 0.5)
        #expect(statistics.minimum.x == 0 && statistics.maximum.x == 1)
        #expect(statistics.normalized(transform, by: .minMax).deviation.x == 1)
        #expect(statistics.normalized(transform, by: .imagenet).mean.y == 0.456)
    }

    /// Whitened pictures are learnt from, and the run goes on with the same map.
    @Test func whitening() throws {
        var recipe = try Self.recipe()
        recipe.whitening = .pca
        try session(recipe, in: "whole").run()
        var steps = 0
        try session(recipe, in: "run").run(shouldStop: { steps >= 4 }, report: { if case .step = $0 { steps += 1 } })
        try session(recipe, in: "run", resumes: true).run()
        #expect(try folder.bytes(of: "run/last.safetensors") == folder.bytes(of: "whole/last.safetensors"))
        #expect(try Classifier(contentsOf: folder("run/best.safetensors")).inputTransform.whitening?.kind == .pca)
    }

    /// Pictures that show any number of classes.
    @Test func severalClasses() throws {
        var several = Self.bars(24)
        several.hasSeveralLabels = true
        for index in several.items.indices where index % 3 == 0 {
            several.items[index].labels = index % 2 == 0 ? [] : [0, 1]
        }
        var recipe = try Self.recipe()
        recipe.epochs = 2
        let session = try ClassificationSession(
            ClassificationMaterial(several, validation: several), recipe: recipe, folder: folder("run"),
            pool: ThreadPool(threadCount: 1))
        #expect(session.classifier.configuration.output == .anyClasses)
        #expect(session.configuration.loss == .binaryCrossEntropy)
        #expect(try session.run().records.count == 2)
    }
}
