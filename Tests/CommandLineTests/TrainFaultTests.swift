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

    /// Makes a box of an image so large that the loss overflows; without a size of the image it is not clipped.
    private func poison(_ names: [String]) throws {
        var text = try folder.text(of: "train.json")
        var content = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        var images = try #require(content["images"] as? [[String: Any]])
        var annotations = try #require(content["annotations"] as? [[String: Any]])
        var poisoned: Set<Int> = []
        for index in images.indices where names.contains(images[index]["file_name"] as? String ?? "") {
            images[index]["width"] = nil
            images[index]["height"] = nil
            poisoned.insert(try #require(images[index]["id"] as? Int))
        }
        for index in annotations.indices where poisoned.contains(annotations[index]["image_id"] as? Int ?? -1) {
            annotations[index]["bbox"] = [0, 0, 1e39, 1e39]
        }
        content["images"] = images
        content["annotations"] = annotations
        text = String(decoding: try JSONSerialization.data(withJSONObject: content), as: UTF8.self)
        try folder.write(text, to: "train.json")
    }

    /// With steps of one image and one learning rate, a run with a poisoned image ends with the bits of one that never
    /// had it: weights, velocities and the statistics of batch normalisation are as they were before each undone step. So
    /// it does where the gradients of both images make one step: that is taken with those of the other.
    @Test(arguments: ["1", "2"])
    func stepsWithoutFiniteLossAreUndone(batchesPerStep: String) throws {
        let more = [
            "--batch", "1", "--accumulate", batchesPerStep, "--schedule", "constant", "--warm-up", "0",
            "--normalization", "trained", "--assignment", "overlap", "--anchor-size", "32",
        ]
        var alone = try TrainingRun(folder, images: 1, validationImages: 0)
        alone.epochs = 4
        alone.more = more
        #expect(try alone.run("alone").status == 0)
        var run = try TrainingRun(folder, images: 2, validationImages: 0)
        run.epochs = 4
        run.more = more
        let name = run.training.names[1]
        try poison([name])
        let outcome = try run.run("run")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("the loss of \(name) is not a finite number; the step was undone"))
        #expect(try folder.bytes(of: "run/last.safetensors") == folder.bytes(of: "alone/last.safetensors"))
        let skipped = try run.events("run").filter { $0["event"] as? String == "step skipped" }
        #expect(skipped.compactMap { $0["images"] as? [String] } == Array(repeating: [name], count: 4))
        // It has come before the other image and after it.
        #expect(Set(skipped.compactMap { $0["step"] as? Int }) == [1, 2])
    }

    @Test func tooManyStepsWithoutFiniteLossEndTheRun() throws {
        var run = try TrainingRun(folder, images: 12, validationImages: 0)
        run.more = ["--batch", "1", "--assignment", "overlap"]
        try poison(run.training.names)
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
