import Foundation
import NeedletailAugmentation
import NeedletailCheckpoints
import NeedletailModels
import NeedletailTraining
import ProgramRunner
import Testing

/// From a dataset and a recipe to a detector.
@Suite struct TrainingSessionTests {
    private let small: SmallRun
    private var folder: TemporaryFolder { small.folder }

    init() throws { small = try SmallRun() }

    private static let recipe: TrainingRecipe = {
        var recipe = RetinaNetRecipe.recipe(.balanced)
        recipe.retinaNet?.backbone = .resnet10Quarter
        recipe.retinaNet?.channels = 32
        recipe.retinaNet?.headDepth = 1
        recipe.inputSize = 64
        (recipe.epochs, recipe.leastViews, recipe.batchSize) = (2, 0, 2)
        return recipe
    }()

    private func session(
        _ recipe: TrainingRecipe, in name: String = "run", weights: String? = nil, isValidated: Bool = true,
        resumes: Bool = false
    ) throws -> TrainingSession {
        try TrainingSession(
            small.training, validation: isValidated ? small.validation : nil, weights: weights, recipe: recipe,
            folder: folder(name), resumes: resumes)
    }

    @Test func trainsADetector() throws {
        let session = try session(Self.recipe)
        #expect(session.configuration.trainableLayers == 5)
        var completed = 0
        let summary = try session.run(completion: { _ in completed += 1 })
        #expect(completed == 1 && summary.records.count == 2 && summary.bestEpoch != nil)
        let detector = try DenseDetector(contentsOf: session.folder.best)
        #expect(detector.configuration.categories == SmallRun.categories)
        func headDepth(_ detector: DenseDetector) -> Int? { (detector.configuration.network as? RetinaNet)?.headDepth }
        #expect(headDepth(detector) == 1)
        // Its weights decide about the next, but not about what is asked for.
        var next = RetinaNetRecipe.recipe(.fast)
        (next.inputSize, next.epochs, next.leastViews) = (64, 1, 0)
        #expect(try headDepth(self.session(next, in: "next", weights: session.folder.best).detector) == 1)
        next.retinaNet?.headDepth = 2
        next.retinaNet?.ownParts = [.headDepth]
        let other = Result { try self.session(next, in: "other", weights: session.folder.best) }
        #expect(throws: ParameterMismatch.self) { try other.get() }
    }

    @Test func goesOnWhereItWasStopped() throws {
        try session(Self.recipe, in: "whole").run()
        var isBegun = false
        let stopped = try session(Self.recipe).run(
            shouldStop: { isBegun }, report: { if case .step = $0 { isBegun = true } },
            completion: { _ in Issue.record("a run that was stopped is not complete") })
        #expect(stopped.wasInterrupted)
        try session(Self.recipe, resumes: true).run()
        #expect(try folder.bytes(of: "run/best.safetensors") == folder.bytes(of: "whole/best.safetensors"))
    }

    static let otherKinds: [any DetectorRecipe] = [
        SSDRecipe(.ssd300, backbone: .resnet10Quarter), SSDRecipe(.ssdlite320, backbone: .resnet10Quarter),
        FCOSRecipe(backbone: .resnet10Quarter, channels: 32, headDepth: 1),
    ]

    /// A detector of each kind is stopped, goes on to the same bits, and its weights start another run.
    @Test(arguments: otherKinds) func everyKindGoesOnWhereItWasStopped(kind: any DetectorRecipe) throws {
        var recipe = TrainingRecipe(.fast, model: AnyDetectorRecipe(kind))
        if kind.inputSize == nil { recipe.inputSize = 64 }
        (recipe.epochs, recipe.leastViews, recipe.batchSize) = (2, 0, 2)
        recipe.boxLoss = .completeIoU
        try session(recipe, in: "whole").run()
        var isBegun = false
        let stopped = try session(recipe).run(
            shouldStop: { isBegun }, report: { if case .step = $0 { isBegun = true } })
        #expect(stopped.wasInterrupted)
        let resumed = try session(recipe, resumes: true)
        try resumed.run()
        #expect(try folder.bytes(of: "run/best.safetensors") == folder.bytes(of: "whole/best.safetensors"))
        let detector = try DenseDetector(contentsOf: resumed.folder.best)
        #expect(detector.configuration == resumed.detector.configuration)
        let weights = try #require(try DenseDetector.configuration(of: Checkpoint(contentsOf: resumed.folder.best)))
        var next = TrainingRecipe(.fast, startingFrom: weights)
        if kind.inputSize == nil { next.inputSize = 64 }
        (next.epochs, next.leastViews) = (1, 0)
        let other = try session(next, in: "next", weights: resumed.folder.best)
        #expect(other.detector.configuration.network.name == detector.configuration.network.name)
        #expect(other.detector.inputTransform == detector.inputTransform)
        // Another loss of boxes is another run.
        recipe.boxLoss = nil
        #expect(throws: TrainingError.self) { try session(recipe, resumes: true) }
    }

    /// Images are joined with others, and boxes have no L1, until the last epochs; validation is measured alike in all.
    @Test func theLastEpochsAreOtherwise() throws {
        var recipe = TrainingRecipe(.fast, model: AnyDetectorRecipe(YOLOXRecipe(.nano)))
        (recipe.inputSize, recipe.maximumSize, recipe.batchSize) = (64, 64, 2)
        (recipe.epochs, recipe.leastViews) = (3, 0)
        recipe.variation = .policy(try AugmentationPolicy(text: "mosaic"))
        recipe.addsL1 = true
        let summary = try session(recipe).run()
        #expect(summary.records.map { ($0.loss("l1") ?? 0) > 0 } == [false, false, true])
        #expect(summary.records.allSatisfy { $0.validationLosses.contains { $0 == .init(name: "l1", value: 0) } })
        let draws = try folder.text(of: "run/augmentation.jsonl").split(separator: "\n").map {
            try AugmentationDraw(line: String($0))
        }
        #expect(draws.count == 15 && draws.allSatisfy { $0.recipe.contains("mosaic") == ($0.epoch < 3) })
    }

    @Test func aLossThatDoesNotSuitIsRefused() throws {
        func problem(_ kind: any DetectorRecipe, _ change: (inout TrainingRecipe) -> Void) -> String {
            var recipe = TrainingRecipe(.fast, model: AnyDetectorRecipe(kind))
            change(&recipe)
            let error = #expect(throws: TrainingError.self) { try session(recipe) }
            return error.map { "\($0)" } ?? ""
        }
        let first = problem(YOLOXRecipe(.nano)) { $0.boxLoss = .l1 }
        #expect(first.contains("'l1' is no loss for the boxes of a yolox") && first.contains("giou, diou, ciou"))
        let second = problem(SSDRecipe(.ssd300, backbone: .resnet10Quarter)) { $0.classificationLoss = .focal }
        #expect(second.contains("'focal' is no loss for the classes of a ssd"))
        let third = problem(FCOSRecipe(backbone: .resnet10Quarter)) { $0.addsL1 = true }
        #expect(third.contains("a fcos has no L1"))
        let fourth = problem(SSDRecipe(.ssd300, backbone: .resnet10Quarter)) { $0.sizeVariation = 0.2 }
        #expect(fourth.contains("300x300 pixels and no other"))
        #expect(!folder.names().contains("run"))
    }

    @Test func contradictionsAreFoundBeforeTheFolderIsMade() throws {
        var recipe = Self.recipe
        recipe.frozenEpochs = 2
        let error = try #require(throws: TrainingError.self) { try session(recipe) }
        #expect(error.kind == .configuration && error.problem.contains("all of the 2 epochs"))
        recipe = Self.recipe
        recipe.patience = 1
        let other = try #require(throws: TrainingError.self) { try session(recipe, isValidated: false) }
        #expect(other.kind == .configuration)
        #expect(!folder.names().contains("run"))
    }

    @Test func aBudgetPlansTheEpochs() throws {
        var recipe = Self.recipe
        recipe.budget = 1e-6
        let error = try #require(throws: TrainingError.self) { try session(recipe) }
        #expect(error.kind == .configuration && "\(error)".contains("Give more time"))
        recipe.budget = 3600
        #expect(try session(recipe).configuration.epochs > 2)
    }

    /// The state of another version is refused, never misread.
    @Test func anotherVersionsStateIsRefused() throws {
        var isBegun = false
        try session(Self.recipe).run(shouldStop: { isBegun }, report: { if case .step = $0 { isBegun = true } })
        let path = folder("run/state.safetensors")
        var bytes = try folder.bytes(of: "run/state.safetensors")
        let format = try #require(bytes.firstRange(of: Data(#"\"format\":3"#.utf8)))
        bytes.replaceSubrange(format, with: Data(#"\"format\":2"#.utf8))
        try bytes.write(to: URL(fileURLWithPath: path))
        let error = try #require(throws: TrainingError.self) { try session(Self.recipe, resumes: true) }
        #expect(error.kind == .state && error.subject == path && error.problem.contains("another version"))
        // As 0.1 wrote it: without a number.
        bytes.replaceSubrange(format, with: Data(#"\"former\":3"#.utf8))
        try bytes.write(to: URL(fileURLWithPath: path))
        #expect(throws: TrainingError.self) { try session(Self.recipe, resumes: true) }
    }

    /// Of a state nothing is believed: what cannot be that of its run is refused.
    @Test(arguments: [
        "epoch", "batch", "step", "lastEpoch", "planned", "advance", "bestMetric", "skippedInRow", "seconds", "steps",
        "skipped", "logBytes", "augmentationBytes", "averageUpdates", "parameterSteps",
    ]) func aChangedStateIsRefused(_ key: String) throws {
        var isBegun = false
        try session(Self.recipe).run(shouldStop: { isBegun }, report: { if case .step = $0 { isBegun = true } })
        let path = folder("run/state.safetensors")
        let whole = try folder.bytes(of: "run/state.safetensors")
        let length = whole.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        let header = String(decoding: whole[8..<8 + length], as: UTF8.self)
        let start = try #require(header.firstRange(of: #"\"\#(key)\":"#)).upperBound
        let end = try #require(header[start...].firstIndex { ",}]".contains($0) })
        let first = header[start] == "[" ? header.index(after: start) : start
        for value in ["-1", "9223372036854775807", "1e300", "-1e300", "null", "[]"] {
            var text = header.replacingCharacters(in: first..<end, with: value)
            while text.utf8.count % 64 != 56 { text += " " }
            let count = UInt64(text.utf8.count)
            let bytes = withUnsafeBytes(of: count.littleEndian) { Data($0) } + Data(text.utf8) + whole[(8 + length)...]
            try bytes.write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: TrainingError.self, "\(key): \(value)") {
                try session(Self.recipe, resumes: true)
            }
            #expect(error?.kind == .state && error?.subject == path && error?.remedy != nil, "\(key): \(value)")
        }
        try whole.write(to: URL(fileURLWithPath: path))
        #expect(try session(Self.recipe, resumes: true).run().records.count == 2)
    }

    // MARK: States and kept features

    private func session(
        _ recipe: TrainingRecipe, resumes: Bool, change: (inout RunOptions) -> Void
    ) throws -> TrainingSession {
        var options = RunOptions()
        change(&options)
        return try TrainingSession(
            TrainingMaterial(small.training, validation: small.validation), recipe: recipe, folder: folder("run"),
            resumes: resumes, options: options)
    }

    @Test func statesAreWrittenInBetween() throws {
        for (seconds, expected) in [(0.0, [false, true, true]), (1e9, [false, false, false])] {
            var hasState: [Bool] = []
            var recipe = Self.recipe
            recipe.epochs = 1
            let session = try session(recipe, resumes: false) { $0.secondsBetweenStates = seconds }
            try session.run(report: { event in
                // A step is told of before the state after it is written.
                if case .step = event {
                    hasState.append(FileManager.default.fileExists(atPath: session.folder.state))
                }
            })
            #expect(hasState == expected)
            try FileManager.default.removeItem(atPath: session.folder.path)
        }
    }

    /// A finished run goes on for more epochs, also after it was killed before its first new state.
    @Test func aLongerRunOutlivesItsEnd() throws {
        var recipe = Self.recipe
        recipe.epochs = 1
        try session(recipe, resumes: false) { $0.keepsState = true }.run()
        #expect(throws: TrainingError.self) { try session(recipe, resumes: true) { $0.keepsState = true } }
        recipe.epochs = 3
        var copies: [Result<Void, any Error>] = []
        try session(recipe, resumes: true) { $0.keepsState = true }.run(report: { event in
            guard case .step = event, copies.isEmpty else { return }
            // What stands there when a process is killed in this moment.
            copies.append(
                Result { try FileManager.default.copyItem(atPath: folder("run"), toPath: folder("killed")) })
        })
        try copies.first?.get()
        try session(recipe, in: "killed", resumes: true).run()
        for file in ["best.safetensors", "last.safetensors"] {
            #expect(try folder.bytes(of: "killed/" + file) == folder.bytes(of: "run/" + file))
        }
    }

    /// Whether features are kept is part of a run: it does as it began.
    @Test(arguments: [0, 1 << 30]) func featuresAreKeptAsTheRunBegan(limit: Int) throws {
        var recipe = Self.recipe
        recipe.maximumSize = 64
        recipe.variation = .mirroring(probability: 0.5)
        recipe.trainableLayers = 0
        func run(limit: Int, resumes: Bool, stops: Bool) throws -> Bool {
            var isKept = false, steps = 0
            try session(recipe, resumes: resumes) { $0.featureCacheLimit = limit }.run(
                shouldStop: { stops && steps > 0 },
                report: { event in
                    switch event {
                    case .featuresStarted: isKept = true
                    case .step: steps += 1
                    default: break
                    }
                })
            return isKept
        }
        #expect(try run(limit: limit, resumes: false, stops: true) == (limit > 0))
        #expect(try run(limit: (1 << 30) - limit, resumes: true, stops: false) == (limit > 0))
    }
}
