import Foundation
import Needletail
import ProgramRunner
import Testing

/// What goes wrong around a run is named, and costs nothing that was good.
@Suite struct TrainFaultTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func twoRunsIntoOneFolderAreRefused() throws {
        var run = try TrainingRun(folder, images: 4, validationImages: 0)
        run.epochs = 100_000
        let first = try run.start("run")
        while first.isRunning, !FileManager.default.fileExists(atPath: folder("run/log.jsonl")) { usleep(500) }
        for extra in [[], ["--resume"]] {
            let second = try Program("needletail").run(run.arguments("run", extra))
            #expect(second.status == 1)
            #expect(
                second.errors.contains("process \(first.identifier) is training into this folder"), "\(second.errors)")
        }
        first.interrupt()
        #expect(try first.finish().status == 1)
        #expect(!folder.names(in: "run").contains("run.lock"))
    }

    @Test func resumingWithAnotherDatasetSaysWhatDiffers() throws {
        var run = try TrainingRun(folder, images: 4, validationImages: 2)
        run.epochs = 3
        try run.interrupted("run")
        let state = try folder.bytes(of: "run/state.safetensors")
        let training = try folder.text(of: "train.json"), validation = try folder.text(of: "validation.json")
        func refusal() throws -> String {
            let outcome = try run.run("run", "--resume")
            #expect(outcome.status == 1)
            #expect(try folder.bytes(of: "run/state.safetensors") == state)
            return outcome.errors
        }
        let boxes = run.training.boxCount
        let more = try ShapesExcerpt("train", count: 5, to: folder, name: "train")
        #expect(
            try refusal().contains(
                "the training dataset: 4 images, \(boxes) boxes, 6 classes then, 5 images, \(more.boxCount) boxes, 6 "
                    + "classes now"))
        // One coordinate, by the smallest amount that a file can hold.
        let moved = training.replacing(/"bbox":\[([0-9]+)/, maxReplacements: 1) {
            "\"bbox\":[\($0.output.1).0000000001"
        }
        try folder.write(moved, to: "train.json")
        let errors = try refusal()
        #expect(errors.contains("as many images and boxes as then (4, \(boxes)), but other"), "\(errors)")
        #expect(!errors.contains("validation dataset"))
        try folder.write(training, to: "train.json")
        try folder.write(validation.replacing(#""gear""#, with: #""leaf ""#), to: "validation.json")
        #expect(try refusal().contains("'leaf '"))
        try folder.write(validation, to: "validation.json")
        #expect(try run.run("run", "--resume").status == 0)
    }

    /// The limit on the size of files stands in for a full disk: writing fails in the middle of a file.
    @Test(arguments: [("state.safetensors", 5 << 20), ("last.safetensors", 1 << 20)])
    func aFullDiskCostsNothing(file: String, limit: Int) throws {
        var run = try TrainingRun(folder, images: 4, validationImages: 1)
        run.epochs = 3
        run.more = ["--augment", "light"]
        #expect(try run.run("whole").status == 0)
        try run.interrupted("run")
        let names = folder.names(in: "run")
        let kept = try ["state.safetensors", "best.safetensors"].map { try folder.bytes(of: "run/" + $0) }
        let words = try [Program("needletail").path] + run.arguments("run", ["--resume"])
        let command = words.map { "'\($0)'" }.joined(separator: " ")
        let limited = try Program(path: "/bin/sh").run(["-c", "ulimit -f \(limit / 512); exec \(command)"])
        #expect(limited.status == 1)
        #expect(
            limited.errors.contains("run/\(file): this file cannot be written (cannot write: File too large)"),
            "\(limited.errors)")
        #expect(limited.errors.contains("continue with --resume"))
        #expect(folder.names(in: "run") == names)
        #expect(try kept == ["state.safetensors", "best.safetensors"].map { try folder.bytes(of: "run/" + $0) })
        let outcome = try run.run("run", "--resume")
        #expect(outcome.status == 0, "\(outcome.errors)")
        try run.expectSame("whole", "run")
    }

    @Test func anImageThatVanishesIsSetAside() throws {
        var run = try TrainingRun(folder, images: 4, validationImages: 1)
        run.epochs = 3
        try run.interrupted("run")
        let name = run.training.names[1]
        try FileManager.default.removeItem(atPath: folder("images/" + name))
        let outcome = try run.run("run", "--resume")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("image-missing (1)"))
        #expect(outcome.errors.contains("set aside: \(folder("images/" + name))"))
        let asides = try run.events("run").filter { $0["event"] as? String == "image set aside" }
        #expect(asides.count == 1)
        #expect((asides.first?["message"] as? String)?.contains(name) == true)
    }

    // MARK: Losses that are not finite

    @Test func tooManyStepsWithoutFiniteLossEndTheRun() throws {
        var run = try TrainingRun(folder, images: 12, validationImages: 0)
        // What boxes are off by counts more than numbers can say.
        run.more = ["--batch", "1", "--preset", "reference", "--box-loss-weight", "3e38"]
        let outcome = try run.run("run")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("the loss of 10 steps in a row was not a finite number"), "\(outcome.errors)")
        #expect(outcome.errors.contains("--learning-rate (it was "))
        #expect(try run.events("run").count { $0["event"] as? String == "step skipped" } == 10)
        _ = try DenseDetector(contentsOf: folder("run/last.safetensors"))
    }

    @Test func weightsBeyondAllNumbersEndTheRun() throws {
        var run = try TrainingRun(folder, images: 4, validationImages: 0)
        run.more = ["--learning-rate", "1e38", "--weight-decay", "1e10", "--clip", "0", "--warm-up", "0"]
        let outcome = try run.run("run")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("the weights have grown beyond all numbers (backbone."), "\(outcome.errors)")
        #expect(outcome.errors.contains("with a lower --learning-rate (it was 1e+38)"), "\(outcome.errors)")
        // Nothing of it is written.
        #expect(folder.names(in: "run") == ["augmentation.jsonl", "configuration.json", "log.jsonl", "samples.png"])
    }
}
