import Foundation
import Needletail
import ProgramRunner
import Testing

/// A search of a few seconds on drawn pictures.
@Suite struct TuneTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// What all candidates have, so that they are small.
    private let shared = ["--", "--model", "retinanet-v2-resnet10-quarter", "--size", "64", "--batch", "2"]

    private func tune(
        _ arguments: [String], _ budget: String, _ more: [String] = [], options: [String] = []
    ) throws -> Program.Outcome {
        try Program("needletail").run(["tune"] + arguments + ["--budget", budget] + more + shared + options)
    }

    @Test func theCommandThatIsRecommendedTrains() throws {
        let training = try ShapesExcerpt("train", count: 4, to: folder, name: "it's train")
        let validation = try ShapesExcerpt("validation", count: 2, to: folder, name: "validation")
        let outcome = try tune(
            [training.annotations, "--validation", validation.annotations], "6s",
            ["--presets", "fast", "--learning-rates", "0.002,0.02", "--output", folder("tuned"), "--seed", "3"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        for text in ["anchors of fast", "preset  learning rate", "recommended: fast at a learning rate of 0."] {
            #expect(outcome.output.contains(text), "\(outcome.output)")
        }
        #expect(folder.names(in: "tuned") == ["trials", "tune.json"])

        let found = try JSONSerialization.jsonObject(with: folder.bytes(of: "tuned/tune.json"))
        let members = try #require(found as? [String: Any])
        let trials = try #require(members["trials"] as? [[String: Any]])
        #expect(Set(trials.compactMap { $0["learningRate"] as? Double }) == [0.002, 0.02])
        #expect(trials.compactMap { $0["outcome"] as? String }.count { $0 == "recommended" } == 1)
        for trial in trials {
            let run = try #require(trial["folder"] as? String)
            let rows = try String(contentsOfFile: run + "/results.csv", encoding: .utf8).split(separator: "\n")
            #expect(rows.count - 1 == trial["epochs"] as? Int)
            #expect(FileManager.default.fileExists(atPath: run + "/best.safetensors"))
            #expect(!FileManager.default.fileExists(atPath: run + "/state.safetensors"))
        }
        let presets = try #require(members["presets"] as? [[String: Any]])
        let size = try #require(presets.first?["anchorSize"] as? Int)

        let recommendation = try #require(members["recommendation"] as? [String: Any])
        let command = try #require(recommendation["command"] as? String)
        #expect(outcome.output.hasSuffix(command + "\n"))
        #expect(command.contains("--anchor-size \(size)") && command.contains("--seed 3"))
        // As a shell takes it, but for the program's place and the number of epochs.
        let program = try Program("needletail").path
        let short = command.replacing(/--epochs [0-9]+/, with: "--epochs 1").dropFirst("needletail".count)
        let run = try Program(path: "/bin/sh").run(["-c", "'\(program)'\(short)"])
        #expect(run.status == 0, "\(command): \(run.errors)")
        let detector = try DenseDetector(contentsOf: folder("tuned/run/best.safetensors"))
        let network = try #require(detector.configuration.network as? RetinaNet)
        #expect(network.anchors.sizes[0][0] == Float(size))

        let again = try tune([training.annotations], "6s", ["--output", folder("tuned")])
        #expect(again.status == 1)
        #expect(again.errors.contains("A search is not continued: give a new folder"), "\(again.errors)")
    }

    /// Optimisers are compared at the rates that are listed, and the command names the one that is recommended.
    @Test func optimizersAreCompared() throws {
        let training = try ShapesExcerpt("train", count: 4, to: folder, name: "train")
        let validation = try ShapesExcerpt("validation", count: 2, to: folder, name: "validation")
        let sources = [training.annotations, "--validation", validation.annotations]
        let outcome = try tune(
            sources, "8s",
            [
                "--presets", "fast", "--optimizers", "sgd,adamw", "--learning-rates", "0.002", "--output",
                folder("tuned"),
            ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let found = try JSONSerialization.jsonObject(with: folder.bytes(of: "tuned/tune.json"))
        let members = try #require(found as? [String: Any])
        let trials = try #require(members["trials"] as? [[String: Any]])
        #expect(Set(trials.compactMap { $0["optimizer"] as? String }) == ["sgd", "adamw"])
        #expect((members["presets"] as? [Any])?.count == 1, "anchors and speed are those of the preset")
        let recommendation = try #require(members["recommendation"] as? [String: Any])
        let optimizer = try #require(recommendation["optimizer"] as? String)
        #expect(outcome.output.contains("optimiser") && outcome.output.contains("recommended: fast with \(optimizer)"))
        let command = try #require(recommendation["command"] as? String)
        let settings = try SharedWords(command)
        #expect(settings["--optimizer"] == optimizer || (optimizer == "adamw" && settings["--optimizer"] == nil))

        let both = try tune(
            sources, "8s", ["--optimizers", "sgd", "--output", folder("two")], options: ["--optimizer", "sgd"])
        #expect(both.status == 2 && both.errors.contains("--optimizers lists them"))
        #expect(try tune(sources, "8s", ["--optimizers", "sgd,sgd", "--output", folder("three")]).status == 2)
    }

    /// A command's options with their values.
    private struct SharedWords {
        private let words: [Substring]

        init(_ command: String) throws { words = command.split(separator: " ") }

        subscript(flag: String) -> String? {
            words.firstIndex { $0 == flag }.flatMap { words.indices.contains($0 + 1) ? String(words[$0 + 1]) : nil }
        }
    }

    /// The recipe that was tried, written as options, is read as itself: the run has the configuration of the trial, but
    /// for its length.
    @Test(arguments: [
        [
            "--optimizer", "nesterov", "--momentum", "0.75", "--weight-decay", "0.001", "--backbone-rate", "0.5",
            "--schedule", "one-cycle", "--clip", "0", "--flip", "0.25", "--average", "0", "--trainable-layers", "5",
            "--normalization", "trained", "--assignment", "overlap", "--box-loss-weight", "2", "--anchor-size", "auto",
        ],
        [
            "--optimizer", "rmsprop", "--momentum", "0.5", "--augment", "standard", "--warm-up", "3", "--average",
            "0.9",
            "--accumulate", "2", "--head-depth", "1", "--channels", "32", "--maximum-size", "640", "--aspect-ratios",
            "0.5,2", "--keep-empty", "--empty-share", "0.25", "--repeat-rare", "0.5", "--class-weights",
            "--group-shapes",
        ],
    ]) func aRecipeIsWrittenAsOptionsThatMakeIt(options: [String]) throws {
        let training = try ShapesExcerpt("train", count: 3, to: folder, name: "train")
        let validation = try ShapesExcerpt("validation", count: 1, to: folder, name: "validation")
        let outcome = try tune(
            [training.annotations, "--validation", validation.annotations], "4s",
            ["--presets", "fast", "--learning-rates", "0.0003", "--output", folder("tuned"), "--json"], options: options
        )
        #expect(outcome.status == 0, "\(outcome.errors)")
        let recommendation = try #require(try outcome.json()["recommendation"] as? [String: Any])
        let command = try #require(recommendation["command"] as? String)
        let program = try Program("needletail").path
        let short = command.replacing(/--epochs [0-9]+/, with: "--epochs 1").dropFirst("needletail".count)
        let run = try Program(path: "/bin/sh").run(["-c", "'\(program)'\(short)"])
        #expect(run.status == 0, "\(command): \(run.errors)")
        func configuration(_ name: String) throws -> NSDictionary {
            let text = try folder.bytes(of: "tuned/\(name)/configuration.json")
            let members = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
            var run = try #require(members["run"] as? [String: Any])
            var training = try #require(run["training"] as? [String: Any])
            for key in ["epochs", "budget", "schedule"] { training[key] = nil }
            run["training"] = training
            return run as NSDictionary
        }
        let trial = try #require(folder.names(in: "tuned/trials").first)
        #expect(try configuration("trials/" + trial) == configuration("run"), "\(command)")
    }

    @Test func aFifthIsHeldOutWhereThereIsNoValidation() throws {
        let training = try ShapesExcerpt("train", count: 10, to: folder, name: "train")
        let outcome = try tune(
            [training.annotations], "6s",
            ["--presets", "fast", "--learning-rates", "0.01", "--output", folder("tuned"), "--json"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let result = try outcome.json()
        // About a fifth: every class is to have its share.
        let heldOut = try #require(result["validationImages"] as? Int)
        #expect((1...3).contains(heldOut))
        #expect(result["trainingImages"] as? Int == 10 - heldOut)
        #expect(result["isHeldOut"] as? Bool == true)
        let recommendation = try #require(result["recommendation"] as? [String: Any])
        let remarks = try #require(recommendation["remarks"] as? [String])
        #expect(remarks.contains { $0.contains("\(heldOut) images held out") })
    }

    /// A picture that was trained on says nothing of others: none can be held out where all are one.
    @Test func similarPicturesAreNotHeldOutFromEachOther() throws {
        let training = try ShapesExcerpt("train", count: 6, to: folder, name: "train")
        let picture = try folder.bytes(of: "images/" + training.names[0])
        for name in training.names { try folder.write(picture, to: "images/" + name) }
        let outcome = try tune([training.annotations], "6s", ["--output", folder("tuned")])
        #expect(outcome.status == 1)
        #expect(
            outcome.errors.contains("to hold some of them out (6, or 1 when similar ones count as one)"),
            "\(outcome.errors)")
        #expect(!folder.names().contains("tuned"))
    }

    @Test func aBudgetThatIsTooSmallIsRefusedBeforeAnyWork() throws {
        let training = try ShapesExcerpt("train", count: 6, to: folder, name: "train")
        let outcome = try tune([training.annotations], "0.001s", ["--output", folder("tuned")])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("the search needs at least"), "\(outcome.errors)")
        #expect(!folder.names().contains("tuned"))
    }

    @Test(arguments: [
        (["--presets", "fast,small"], "--presets"), (["--learning-rates", "0.1,-1"], "--learning-rates"),
        (["--", "--epochs", "3"], "--epochs cannot be given after --"),
        (["--", "--preset=fast"], "--preset cannot be given after --"),
        (["--", "--size", "9000"], "--size takes a number from 32 to 8192"),
    ])
    func contradictionsAreWrongUsage(arguments: [String], text: String) throws {
        let outcome = try Program("needletail").run(
            ["tune", "train.json", "--budget", "1m", "--output", folder("tuned")] + arguments)
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains(text), "\(outcome.errors)")
    }

    @Test func missingImagesAreNamedBeforeAnyWork() throws {
        let training = try ShapesExcerpt("train", count: 2, to: folder, name: "train")
        try FileManager.default.createDirectory(atPath: folder("empty"), withIntermediateDirectories: true)
        let outcome = try tune(
            [training.annotations, "--images", folder("empty")], "6s", ["--output", folder("tuned")])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("none of the dataset's 2 images is there"), "\(outcome.errors)")
        #expect(!folder.names().contains("tuned"))
    }
}
