import Foundation
import ProgramRunner
import Testing

/// A training run of a few seconds on drawn pictures, and what it leaves.
struct TrainingRun {
    let folder: TemporaryFolder
    let training: ShapesExcerpt
    let validation: ShapesExcerpt?
    var epochs = 2
    var more: [String] = []

    init(_ folder: TemporaryFolder, images: Int, validationImages: Int) throws {
        self.folder = folder
        training = try ShapesExcerpt("train", count: images, to: folder, name: "train")
        validation =
            validationImages > 0
            ? try ShapesExcerpt("validation", count: validationImages, to: folder, name: "validation") : nil
    }

    func arguments(_ output: String, _ extra: [String] = []) -> [String] {
        ["train", training.annotations] + (validation.map { ["--validation", $0.annotations] } ?? []) + [
            "--model", "retinanet-v2-resnet10-quarter", "--size", "64", "--batch", "2", "--epochs", "\(epochs)",
            "--seed", "7", "--output", folder(output),
        ] + more + extra
    }

    func run(_ output: String, _ extra: String...) throws -> Program.Outcome {
        try Program("needletail").run(arguments(output, extra))
    }

    func start(_ output: String, _ extra: String...) throws -> RunningProgram {
        try Program("needletail").start(arguments(output, extra))
    }

    /// Starts a run and stops it after its first epoch.
    func interrupted(_ output: String, _ extra: String...) throws {
        let run = try Program("needletail").start(arguments(output, extra))
        while run.isRunning, !FileManager.default.fileExists(atPath: folder(output + "/results.csv")) { usleep(500) }
        run.interrupt()
        let outcome = try run.finish()
        try #require(outcome.status == 1 && outcome.output.contains("continue with --resume"), "\(outcome.errors)")
    }

    /// The lines of the log.
    func events(_ output: String) throws -> [[String: Any]] {
        try folder.text(of: output + "/log.jsonl").split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    /// Expects that two runs have ended alike: all but times, starts and resumes, and what a process is.
    func expectSame(_ first: String, _ second: String) throws {
        #expect(folder.names(in: first) == folder.names(in: second))
        for name in folder.names(in: first) where name != "configuration.json" && name != "curves.png" {
            switch name {
            case "results.csv":
                func rows(_ run: String) throws -> [[Substring]] {
                    try folder.text(of: run + "/results.csv").split(separator: "\n")
                        .map { $0.split(separator: ",", omittingEmptySubsequences: false).dropLast(2) }
                }
                #expect(try rows(first) == rows(second))
            case "log.jsonl":
                func lines(_ run: String) throws -> [NSDictionary] {
                    try events(run).filter { !["start", "resume", "interrupted"].contains($0["event"] as? String) }
                        .map { event in
                            var event = event
                            event["time"] = nil
                            if var record = event["record"] as? [String: Any] {
                                record["trainingSeconds"] = nil
                                record["validationSeconds"] = nil
                                event["record"] = record
                            }
                            return event as NSDictionary
                        }
                }
                #expect(try lines(first) == lines(second))
            // They hold the paths of the run or how long it took.
            case "report.html", "state.safetensors": break
            default:
                #expect(
                    try folder.bytes(of: "\(first)/\(name)") == folder.bytes(of: "\(second)/\(name)"),
                    "\(second)/\(name)")
            }
        }
    }
}
