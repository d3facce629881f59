import Foundation
import Needletail
import ProgramRunner
import Testing

/// `needletail classify` as a person runs it, on pictures of one colour.
@Suite struct ClassifyTests {
    private let folder: TemporaryFolder
    private static let network = "input 16 channels=3; conv 4 kernel=3 stride=2; relu; linear 2"

    init() throws { folder = try TemporaryFolder() }

    private func write(_ name: String, red: UInt8, blue: UInt8, seed: Int) throws {
        var bytes: [UInt8] = []
        for pixel in 0..<20 * 18 {
            bytes.append(red &+ UInt8((pixel * 7 + seed * 13) % 40))
            bytes.append(UInt8((pixel * 3 + seed) % 50))
            bytes.append(blue &+ UInt8((pixel * 5 + seed) % 40))
        }
        try folder.write(Data(try Image(width: 20, height: 18, bytes: bytes).pngBytes()), to: name)
    }

    private func writePictures(_ count: Int, to name: String, from first: Int = 0) throws {
        for index in first..<first + count {
            try write("\(name)/red/\(index).png", red: 180, blue: 10, seed: index)
            try write("\(name)/blue/\(index).png", red: 10, blue: 180, seed: 100 + index)
        }
    }

    private func train(_ data: String, _ output: String, _ more: String...) throws -> Program.Outcome {
        try Program("needletail").run(
            [
                "classify", "train", folder(data), "--layers", Self.network, "--epochs", "8", "--batch", "4", "--seed",
                "3",
                "--output", folder(output),
            ] + more)
    }

    @Test func trainsPredictsAndMeasures() throws {
        try writePictures(8, to: "data/train")
        try writePictures(3, to: "data/val", from: 20)
        try writePictures(3, to: "data/test", from: 30)
        let outcome = try train("data", "run")
        try #require(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("best.safetensors: epoch") && outcome.output.contains("accuracy 1.000"))
        #expect(outcome.errors.contains("16 pictures of 2 classes to train on, 6 to measure on"))
        for name in [
            "best.safetensors", "last.safetensors", "results.csv", "curves.png", "samples.png", "predictions.png",
            "validation.csv", "report.html", "configuration.json", "log.jsonl",
        ] {
            #expect(folder.names(in: "run").contains(name), "\(name)")
        }
        let before = try folder.bytes(of: "data/test/red/30.png")
        let predicted = try needletail(
            "classify", "predict", folder("run/best.safetensors"), folder("data/test/red"), "--json", "--sheet",
            folder("sheet.png"), "--csv", folder("table.csv"))
        #expect(predicted.status == 0, "\(predicted.errors)")
        let pictures = try #require(predicted.json()["pictures"] as? [[String: Any]])
        #expect(pictures.count == 3)
        #expect(
            pictures.allSatisfy { (($0["classes"] as? [[String: Any]])?.first?["name"] as? String) == "red" })
        #expect(try folder.text(of: "table.csv").hasPrefix("file,predicted,probability,blue,red\n"))
        #expect(try Image(contentsOf: folder("sheet.png")).width > 100)
        #expect(try folder.bytes(of: "data/test/red/30.png") == before)
        // A table of pictures is read as 'train' and 'evaluate' read it.
        try folder.write("file,class\ndata/test/red/30.png,red\n", to: "list.csv")
        let listed = try needletail(
            "classify", "predict", folder("run/best.safetensors"), folder("list.csv"), "--json")
        #expect((try listed.json()["pictures"] as? [Any])?.count == 1, "\(listed.errors)")

        let measured = try needletail(
            "classify", "evaluate", folder("run/best.safetensors"), folder("data"), "--json", "--report",
            folder("page.html"))
        #expect(measured.status == 0 && measured.errors.contains("measured on: test, 6 pictures"))
        let document = try measured.json()
        #expect(document["accuracy"] as? Double == 1 && document["pictures"] as? Int == 6)
        #expect(try folder.text(of: "page.html").contains("Classification report"))
        let text = try needletail(
            "classify", "evaluate", folder("run/best.safetensors"), folder("data"), "--split", "val")
        #expect(text.output.contains("accuracy (top-1)") && text.output.contains("calibration error (ECE)"))
    }

    /// A part is held out, similar pictures together, and what was interrupted ends as what was not.
    @Test func holdsOutAndResumes() throws {
        try writePictures(8, to: "data")
        let whole = try train("data", "whole")
        try #require(whole.status == 0, "\(whole.errors)")
        #expect(whole.errors.contains("held out of them"))
        let running = try Program("needletail").start(
            [
                "classify", "train", folder("data"), "--layers", Self.network, "--epochs", "8", "--batch", "4",
                "--seed", "3",
                "--output", folder("run"), "--threads", "2",
            ])
        while running.isRunning, !FileManager.default.fileExists(atPath: folder("run/results.csv")) { usleep(500) }
        running.interrupt()
        let stopped = try running.finish()
        if stopped.status != 0 {
            #expect(stopped.output.contains("continue with --resume"))
            let resumed = try train("data", "run", "--resume", "--threads", "1")
            #expect(resumed.status == 0, "\(resumed.errors)")
        }
        for name in ["best.safetensors", "last.safetensors", "validation.csv"] {
            #expect(try folder.bytes(of: "run/" + name) == folder.bytes(of: "whole/" + name), "\(name)")
        }
    }

    /// What is wrong with pictures is said before any training.
    @Test func badInput() throws {
        func errors(_ more: String...) throws -> String {
            let outcome = try Program("needletail").run(
                ["classify", "train", folder("data"), "--output", folder("run")] + more)
            #expect(outcome.status != 0 && folder.names(in: "run").isEmpty)
            return outcome.errors
        }
        for index in 0..<4 { try write("data/red/\(index).png", red: 180, blue: 10, seed: index) }
        #expect(try errors("--layers", Self.network).contains("all pictures are of one class, 'red'"))
        try write("data/Red/1.png", red: 180, blue: 10, seed: 1)
        #expect(try errors("--layers", Self.network).contains("the classes 'Red' and 'red' differ in case"))
        try FileManager.default.removeItem(atPath: folder("data/Red"))
        for index in 0..<4 { try write("data/blue/\(index).png", red: 10, blue: 180, seed: index) }
        #expect(try errors("--model", "nothing").contains("there is neither a network of this name nor a file"))
        #expect(
            try errors("--layers", "input 16; conv 4 kernel=3").contains("the last layer of a classifier is linear"))
        #expect(try errors("--layers", Self.network, "--pictures", "1-99").contains("has 8 pictures there"))
        #expect(try errors("--layers", Self.network, "--split", "train").contains("it has no splits"))
        #expect(
            try errors("--model", "lenet5", "--size", "64").contains(
                "the network does not take pictures of 64x64 pixels"))
        #expect(try errors("--flip", "2").contains("--flip takes a number from 0.0 to 1.0"))
        // Broken, repeated and contradictory pictures are named, and the rest is trained on.
        try folder.write("no picture", to: "data/red/broken.png")
        try write("data/red/again.png", red: 180, blue: 10, seed: 2)
        try write("data/blue/wrong.png", red: 180, blue: 10, seed: 3)
        try FileManager.default.createDirectory(atPath: folder("data/green"), withIntermediateDirectories: true)
        let outcome = try train("data", "run")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("pictures that cannot be read are left out (1):"))
        #expect(outcome.errors.contains("the same picture, and of other classes (1):"))
        #expect(outcome.errors.contains("1 picture repeats another of the same class"))
        #expect(outcome.errors.contains("green: there is no picture in the folder of this class"))
    }

    /// A trained network carries a detector.
    @Test func aBackboneForDetectors() throws {
        try writePictures(6, to: "data")
        let outcome = try needletail(
            "classify", "train", folder("data"), "--model", "resnet10-quarter", "--size", "32", "--epochs", "1",
            "--output",
            folder("run"))
        try #require(outcome.status == 0, "\(outcome.errors)")
        let run = try TrainingRun(folder, images: 2, validationImages: 0)
        let detector = try Program("needletail").run(
            run.arguments("detector", ["--weights", folder("run/best.safetensors")]))
        #expect(detector.status == 0, "\(detector.errors)")
        #expect(detector.errors.contains("parameters taken over"))
    }
}
