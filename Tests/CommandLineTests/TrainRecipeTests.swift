import Foundation
import ProgramRunner
import Testing

/// What `train` can be told about schedule, frozen layers and time.
@Suite struct TrainRecipeTests {
    private let folder: TemporaryFolder
    private static let weights = ShapesExcerpt.package + "/pretrained/resnet10-quarter-shapes.safetensors"

    init() throws { folder = try TemporaryFolder() }

    /// A run whose images all become inputs of 64x64 pixels.
    private func run() throws -> TrainingRun {
        var run = try TrainingRun(folder, images: 6, validationImages: 2)
        run.more = ["--maximum-size", "64", "--flip", "0.5", "--weights", Self.weights]
        return run
    }

    private func rows(_ output: String) throws -> [[String]] {
        try folder.text(of: output + "/results.csv").split(separator: "\n").dropFirst()
            .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    }

    @Test(arguments: [
        ["--trainable-layers", "2"], ["--trainable-layers", "0"],
        ["--trainable-layers", "4", "--freeze-epochs", "1", "--average", "0.9", "--flip", "1"],
    ]) func keptFeaturesAreThoseOfTheBatch(options: [String]) throws {
        var run = try run()
        run.more += options
        let kept = try run.run("kept")
        #expect(kept.status == 0, "\(kept.errors)")
        #expect(kept.errors.contains("what the frozen layers compute of 6 images is kept"))
        let anew = try run.run("anew", "--no-cache")
        #expect(anew.status == 0 && !anew.errors.contains("frozen layers"), "\(anew.errors)")
        // An image alone may be computed by another algorithm than a batch, so the last digits differ.
        for (kept, anew) in zip(try rows("kept"), try rows("anew")) {
            let (kept, anew) = try (#require(Double(kept[1])), #require(Double(anew[1])))
            #expect(abs(kept - anew) < 1e-3 * anew)
        }
        // Nothing is left of the file.
        #expect(folder.names(in: "kept").allSatisfy { !$0.contains("features") })
    }

    @Test func resumedRunsThawAtTheSameEpoch() throws {
        var run = try run()
        run.epochs = 3
        run.more += ["--freeze-epochs", "2", "--optimizer", "adam", "--accumulate", "2"]
        #expect(try run.run("whole").status == 0)
        try run.interrupted("stopped")
        let outcome = try run.run("stopped", "--resume")
        #expect(outcome.status == 0, "\(outcome.errors)")
        try run.expectSame("whole", "stopped")
    }

    /// The loss of a batch is the mean over its images, so two batches of one image make the step of one of two.
    @Test func accumulatedBatchesAreOneLargeBatch() throws {
        var run = try run()
        run.more += ["--optimizer", "sgd", "--learning-rate", "0.02", "--schedule", "constant", "--warm-up", "0"]
        #expect(try run.run("one", "--batch", "2").status == 0)
        #expect(try run.run("two", "--batch", "1", "--accumulate", "2").status == 0)
        #expect(try run.run("half", "--batch", "1").status == 0)
        let (one, two, half) = try (rows("one"), rows("two"), rows("half"))
        for (first, second) in zip(one, two) {
            let (first, second) = try (#require(Double(first[1])), #require(Double(second[1])))
            #expect(abs(first - second) < 1e-3 * first)
        }
        #expect(one.last?[1] != half.last?[1])
    }

    /// With a rate of nearly nothing the AP stays what it is after the first epoch: two epochs later the run ends.
    @Test func endsWhenValidationDoesNotImprove() throws {
        var run = try run()
        run.epochs = 9
        run.more += ["--learning-rate", "1e-12", "--patience", "2"]
        let outcome = try run.run("run")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try rows("run").count == 3)
        #expect(folder.names(in: "run").contains("report.html"))
    }

    private func withoutEpochs(_ arguments: [String]) -> [String] {
        guard let place = arguments.firstIndex(of: "--epochs") else { return arguments }
        return Array(arguments[..<place] + arguments[(place + 2)...])
    }

    @Test func budgetDecidesTheEpochs() throws {
        var run = try run()
        run.more += ["--budget", "2s"]
        let outcome = try Program("needletail").run(withoutEpochs(run.arguments("run")))
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("gives the same run again"))
        let count = try rows("run").count
        #expect(count >= 1)
        let seconds = try rows("run").reduce(0) { try $0 + #require(Double($1[8])) + #require(Double($1[9])) }
        // The last epoch may take longer than those before it.
        #expect(seconds < 2 + 2 * seconds / Double(count))
    }

    @Test func timeIsLeftUntilTheLastEpoch() throws {
        let outcome = try run().run("run")
        let lines = outcome.errors.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("epoch 1/2:") && $0.hasSuffix(" left") }, "\(outcome.errors)")
        #expect(lines.contains { $0.hasPrefix("epoch 2/2:") && !$0.hasSuffix(" left") })
    }

    @Test func backboneIsThatOfTheWeights() throws {
        let run = try run()
        let arguments = run.arguments("run").filter { !["--model", "retinanet-v2-resnet10-quarter"].contains($0) }
        let outcome = try Program("needletail").run(
            arguments + ["--epochs", "1", "--channels", "32", "--head-depth", "3"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try folder.text(of: "run/configuration.json").contains(#""backbone" : "resnet10-quarter""#))
        // A detector as weights gives its head too.
        let next = try Program("needletail").run(
            run.arguments("next").filter { !["--model", "retinanet-v2-resnet10-quarter"].contains($0) }
                + [
                    "--weights", folder("run/last.safetensors"), "--epochs", "1", "--preset", "accurate", "--size",
                    "64",
                ])
        #expect(next.status == 0, "\(next.errors)")
        #expect(next.errors.contains("head 32 wide, 3 deep"), "\(next.errors)")
        #expect(next.errors.contains("known categories:"))
    }

    @Test(arguments: [
        (["--freeze-epochs", "2"], 2, "--freeze-epochs must be less than --epochs"),
        (["--momentum", "0.5", "--optimizer", "adam"], 2, "--momentum goes with"),
        (["--normalization", "trained", "--trainable-layers", "2"], 2, "--trainable-layers 5"),
        (["--budget", "10m"], 2, "--epochs and --budget exclude each other"),
        (["--budget", "10 minutes"], 2, "budget"), (["--channels", "100"], 2, "multiple of 32"),
        (["--anchor-size", "small"], 2, "anchor-size"), (["--average", "1"], 2, "below 1"),
        (["--size-variation", "0.6"], 2, "from 0.0 to 0.5"),
    ]) func refusesWhatContradictsItself(options: [String], status: Int32, words: String) throws {
        let outcome = try Program("needletail").run(run().arguments("run", options))
        #expect(outcome.status == status && outcome.errors.contains(words), "\(outcome.errors)")
        #expect(folder.names(in: "run").isEmpty)
    }

    /// What does not go with a kind of detector is said before a dataset is looked for.
    @Test(arguments: [
        ("ssd300-vgg16", ["--size", "400"], "300x300 pixels and no other"),
        ("ssd300-vgg16", ["--anchor-size", "16"], "this detector is a ssd"),
        ("ssdlite320-mobilenet-v3-large", ["--class-loss", "focal"], "'focal' is no loss for the classes of a ssd"),
        ("fcos-resnet50", ["--aspect-ratios", "1,2"], "--aspect-ratios is about anchors, and an FCOS has none"),
        ("fcos-resnet18", ["--box-loss", "smooth-l1"], "take one of giou, diou, ciou"),
        ("yolox-nano", ["--class-loss", "focal"], "take one of quality-focal"),
        ("fcos-resnet18", ["--closing-l1"], "Leave out --closing-l1"),
        ("ssdlite320-mobilenet-v2", ["--size-variation", "0.2"], "Leave out --size-variation"),
    ]) func refusesWhatTheDetectorHasNot(model: String, options: [String], words: String) throws {
        let outcome = try Program("needletail").run(
            ["train", folder("nothing.json"), "--model", model, "--output", folder("run")] + options)
        #expect(outcome.status == 1 && outcome.errors.contains(words), "\(outcome.errors)")
        #expect(folder.names(in: "run").isEmpty)
    }

    @Test func namesTheDetectorsThereAre() throws {
        let outcome = try Program("needletail").run(
            ["train", folder("nothing.json"), "--model", "ssd300-vgg17", "--output", folder("run")])
        #expect(outcome.status == 2 && outcome.errors.contains("there is no detector 'ssd300-vgg17'"))
        #expect(outcome.errors.contains("ssd300-vgg16, ") && outcome.errors.contains("fcos-resnet50"))
    }

    @Test func refusesWhatNeedsValidation() throws {
        var run = try TrainingRun(folder, images: 2, validationImages: 0)
        for (options, words) in [(["--patience", "2"], "--validation"), (["--schedule", "plateau"], "validation")] {
            run.more = options
            let outcome = try run.run("run")
            #expect(outcome.status == 1 && outcome.errors.contains(words), "\(outcome.errors)")
        }
        run.more = ["--budget", "0.000001s"]
        let outcome = try Program("needletail").run(withoutEpochs(run.arguments("run")))
        #expect(outcome.status != 0 && outcome.errors.contains("does not fit"), "\(outcome.errors)")
    }
}
