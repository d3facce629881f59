import Foundation
import Needletail
import NeedletailKernels
import ProgramRunner
import Testing

@Suite struct TrainTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func arguments(
        _ training: ShapesExcerpt, _ validation: ShapesExcerpt, epochs: Int, output: String, _ more: String...
    ) -> [String] {
        [
            "train", training.annotations, "--validation", validation.annotations, "--model",
            "retinanet-resnet10-quarter", "--size", "64", "--batch", "2", "--epochs", "\(epochs)", "--seed", "7",
            "--output", folder(output),
        ] + more
    }

    @Test func oneEpochLeavesADetectorAndItsMeasurements() throws {
        let training = try ShapesExcerpt("train", count: 8, to: folder, name: "train")
        let validation = try ShapesExcerpt("validation", count: 3, to: folder, name: "validation")
        // One image of the run cannot be read: it is named, and the others are trained on.
        try folder.write("not an image", to: "images/" + training.names[2])
        let outcome = try Program("needletail").run(
            arguments(training, validation, epochs: 1, output: "run", "--json"))
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("set aside: \(folder("images/" + training.names[2]))"))
        let result = try outcome.json()
        #expect(result["wasInterrupted"] as? Bool == false)
        #expect((result["epochs"] as? [[String: Any]])?.count == 1)
        #expect(
            folder.names(in: "run")
                == [
                    "augmentation.jsonl", "best.safetensors", "configuration.json", "curves.png", "last.safetensors",
                    "log.jsonl",
                    "predictions.png", "report.html", "results.csv", "samples.png", "state.safetensors",
                    "validation.json",
                ])

        let rows = try folder.text(of: "run/results.csv").split(separator: "\n")
            .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        #expect(rows.count == 2)
        #expect(rows[0].prefix(2) == ["epoch", "loss"])
        #expect(rows[0].count == rows[1].count)
        #expect(rows[1][0] == "1")
        #expect(try #require(Double(rows[1][1])) > 0)
        _ = try COCOResults.read(
            folder("run/validation.json"), categories: try Dataset.read(validation.annotations).categories)

        let detector = try DenseDetector(contentsOf: folder("run/best.safetensors"))
        #expect(detector.configuration.categories == Material.categories)
        #expect(detector.configuration.transform.minimumSize == 64)

        let again = try Program("needletail").run(arguments(training, validation, epochs: 1, output: "run"))
        #expect(again.status == 1)
        #expect(again.errors.contains("holds a training run already"))
    }

    /// Ctrl-C leaves a state from which `--resume` reaches the same bits as a run that was never stopped.
    @Test(.timeLimit(.minutes(5)), arguments: [[], ["--augment", "strong"]])
    func interruptedRunsEndLikeOthers(options: [String]) throws {
        let training = try ShapesExcerpt("train", count: 8, to: folder, name: "train")
        let validation = try ShapesExcerpt("validation", count: 2, to: folder, name: "validation")
        let needletail = try Program("needletail")
        for threads in ["1", "2"] {
            let whole = try needletail.run(
                arguments(training, validation, epochs: 3, output: "whole" + threads, "--threads", threads) + options)
            #expect(whole.status == 0, "\(whole.errors)")
            let stopped = try interrupt(threads: threads) { output in
                arguments(training, validation, epochs: 3, output: output, "--threads", threads) + options
            }
            let name = try #require(stopped, "every run was over before it could be interrupted")
            // It goes on with another number of threads than it was started with.
            let resumed = try needletail.run(
                arguments(
                    training, validation, epochs: 3, output: name, "--resume", "--threads", threads == "1" ? "2" : "1")
                    + options)
            #expect(resumed.status == 0, "\(resumed.errors)")
            try expectSameRun("whole1", "whole" + threads)
            try expectSameRun("whole1", name)
        }
    }

    /// Starts a run and stops it after its first epoch; again when it was faster than the signal, five times.
    private func interrupt(threads: String, _ arguments: (String) -> [String]) throws -> String? {
        for attempt in 1...5 {
            let name = "stopped\(threads)-\(attempt)"
            let run = try Program("needletail").start(arguments(name))
            while run.isRunning, !FileManager.default.fileExists(atPath: folder(name + "/results.csv")) {
                usleep(500)
            }
            run.interrupt()
            let outcome = try run.finish()
            guard outcome.status != 0 else { continue }
            #expect(outcome.status == 1, "\(outcome.errors)")
            #expect(outcome.output.contains("continue with --resume"))
            #expect(folder.names(in: name).contains("last.safetensors"))
            #expect(folder.names(in: name).contains("state.safetensors"))
            return name
        }
        return nil
    }

    private func expectSameRun(_ first: String, _ second: String) throws {
        for file in ["best.safetensors", "last.safetensors", "validation.json", "samples.png", "predictions.png"] {
            #expect(
                try folder.bytes(of: "\(first)/\(file)") == folder.bytes(of: "\(second)/\(file)"), "\(second)/\(file)")
        }
        // All but the last two columns, which are times.
        func rows(_ run: String) throws -> [[Substring]] {
            try folder.text(of: run + "/results.csv").split(separator: "\n")
                .map { $0.split(separator: ",", omittingEmptySubsequences: false).dropLast(2) }
        }
        #expect(try rows(first) == rows(second))
        #expect(folder.names(in: first) == folder.names(in: second))
    }

    /// The log holds a line for each image and epoch, and `augment` draws the same.
    @Test func augmentedRunsWriteWhatWasDrawn() throws {
        let training = try ShapesExcerpt("train", count: 4, to: folder, name: "train")
        let validation = try ShapesExcerpt("validation", count: 1, to: folder, name: "validation")
        let policy = try folder.write("# Both ways.\nflip-vertical p=0.5\nhue shift=-0.1..0.1\n", to: "policy.txt")
        let outcome = try Program("needletail").run(
            arguments(training, validation, epochs: 2, output: "run", "--augment", policy))
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = try folder.text(of: "run/augmentation.jsonl").split(separator: "\n").map(String.init)
        #expect(lines.count == 8 && lines.allSatisfy { $0.contains("hue shift=") })
        let shown = try needletail(
            "augment", training.annotations, folder("sheet.png"), "--policy", policy, "--seed", "7", "--epochs", "2",
            "--size", "64")
        #expect(shown.status == 0, "\(shown.errors)")
        #expect(shown.output.split(separator: "\n").map(String.init).sorted() == lines.sorted())
        let configuration = try folder.text(of: "run/configuration.json")
        #expect(configuration.contains("flip-vertical p=0.5\\nhue"))
    }

    @Test func resumingWithOtherOptionsIsRefused() throws {
        let training = try ShapesExcerpt("train", count: 8, to: folder, name: "train")
        let validation = try ShapesExcerpt("validation", count: 2, to: folder, name: "validation")
        let stopped = try interrupt(threads: "") { arguments(training, validation, epochs: 3, output: $0) }
        let name = try #require(stopped, "every run was over before it could be interrupted")
        let state = try folder.bytes(of: name + "/state.safetensors")
        let outcome = try Program("needletail").run(
            arguments(training, validation, epochs: 4, output: name, "--resume"))
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("another configuration or other data: epochs: 3 then, 4 now;"))
        #expect(try folder.bytes(of: name + "/state.safetensors") == state)
    }

    /// With a rate that stays, a run that goes on is the run of so many epochs, bit for bit.
    @Test func aFinishedRunGoesOnForMoreEpochs() throws {
        let training = try ShapesExcerpt("train", count: 6, to: folder, name: "train")
        let validation = try ShapesExcerpt("validation", count: 2, to: folder, name: "validation")
        func run(_ epochs: Int, _ output: String, _ more: String...) throws -> Program.Outcome {
            try Program("needletail").run(
                arguments(
                    training, validation, epochs: epochs, output: output, "--schedule", "constant", "--warm-up", "0")
                    + more)
        }
        #expect(try run(3, "whole").status == 0)
        #expect(try run(1, "more").status == 0)
        let refused = try run(3, "more", "--resume", "--batch", "3")
        #expect(refused.status == 1 && refused.errors.contains("batch size: 2 then, 3 now"), "\(refused.errors)")
        let on = try run(3, "more", "--resume")
        #expect(on.status == 0 && on.errors.contains("goes on to 3 epochs"), "\(on.errors)")
        try expectSameRun("whole", "more")
        #expect(try folder.text(of: "more/configuration.json").contains("\"epochs\" : 3"))
        let over = try run(3, "more", "--resume")
        #expect(
            over.status == 1 && over.errors.contains("after 3 epochs; there is nothing to resume"), "\(over.errors)")
        try FileManager.default.removeItem(atPath: folder("more/state.safetensors"))
        let gone = try run(4, "more", "--resume")
        #expect(gone.status == 1 && gone.errors.contains("its state is gone"), "\(gone.errors)")
    }

    @Test func falseAlarmsAreCounted() throws {
        let training = try ShapesExcerpt("train", count: 2, to: folder, name: "train")
        let validation = try ShapesExcerpt("validation", count: 2, to: folder, name: "validation")
        let empty = try ShapesExcerpt("test", count: 3, to: folder, name: "test", images: "empty")
        let outcome = try Program("needletail").run(
            arguments(training, validation, epochs: 1, output: "run", "--background", empty.imageFolder))
        #expect(outcome.status == 0 && outcome.errors.contains(" false alarms/image"), "\(outcome.errors)")
        let rows = try folder.text(of: "run/results.csv").split(separator: "\n").map { $0.split(separator: ",") }
        #expect(rows[0].contains("false alarms/image"))
        #expect(try folder.text(of: "run/log.jsonl").contains("\"falseAlarms\":"))
        #expect(try folder.text(of: "run/report.html").contains("False alarms over epochs"))
        let known = try Program("needletail").run(
            arguments(training, validation, epochs: 1, output: "other", "--background", validation.annotations))
        #expect(
            known.status == 1 && known.errors.contains("that the detector looks for are annotated here"),
            "\(known.errors)")

        // All that is found counts at a threshold of 0, a third of it for each of three images.
        try Material.writeDetector(to: folder("detector.safetensors"))
        let detector = try DenseDetector(contentsOf: folder("detector.safetensors"))
        detector.postProcessing.scoreThreshold = 0.001
        detector.postProcessing.detectionsPerImage = 7
        var dataset = Dataset(
            images: empty.names.enumerated().map {
                ImageRecord(id: .integer($0 + 1), fileName: $1, width: 0, height: 0)
            }, categories: [], annotations: [])
        dataset.imageFolder = empty.imageFolder
        let pool = ThreadPool(threadCount: 1)
        func alarms(_ threshold: Double) throws -> Double? {
            try FalseAlarms.measure(
                detector, in: dataset, thresholds: ScoreThresholds(overall: threshold), pool: pool
            ) { _ in true }?.perImage
        }
        #expect(try alarms(0) == 7 && alarms(0.9) == 0)
    }
}
