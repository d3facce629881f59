import Foundation
import Needletail
import ProgramRunner
import Testing

/// Datasets are looked at before they are trained on, and the folder tells afterwards what was done.
@Suite struct TrainCheckTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func faultsAreCountedBeforeTheFirstStep() throws {
        var run = try TrainingRun(folder, images: 4, validationImages: 2)
        run.epochs = 1
        let names = run.training.names
        try FileManager.default.removeItem(atPath: folder("images/" + names[3]))
        // A picture of another size than annotated.
        try Image(width: 20, height: 10).writeJPEG(to: folder("images/" + names[1]))
        // The same file under another name in the other dataset.
        let twin = try #require(run.validation?.names[0])
        try FileManager.default.removeItem(atPath: folder("images/" + twin))
        try FileManager.default.createSymbolicLink(
            atPath: folder("images/" + twin), withDestinationPath: folder("images/" + names[2]))
        let outcome = try run.run("run")
        #expect(outcome.status == 0, "\(outcome.errors)")
        for text in [
            "image-missing (1): the image file is not there", "image-size-disagreement (1)", "20x10 instead of",
            "error split-leak (1): the same picture is in two splits",
            "\(twin): \(names[2]) of \(run.training.annotations)",
            "datasets checked: 3 errors",
            "needletail check \(run.training.annotations) \(run.validation?.annotations ?? "") --all",
        ] { #expect(outcome.errors.contains(text), "\(text) is not in: \(outcome.errors)") }

        let unchecked = try run.run("unchecked", "--no-check")
        #expect(unchecked.status == 0, "\(unchecked.errors)")
        #expect(!unchecked.errors.contains("image-missing"))
        #expect(
            try folder.bytes(of: "run/last.safetensors") == folder.bytes(of: "unchecked/last.safetensors"))
    }

    @Test func aDatasetWithoutAnyUsableImageIsRefused() throws {
        let run = try TrainingRun(folder, images: 2, validationImages: 1)
        let twin = try #require(run.validation?.names[0])
        try folder.write("no picture", to: "images/" + twin)
        let outcome = try run.run("run")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("\(folder("validation.json")): none of its 1 images can be used"))
        #expect(!folder.names().contains("run"))
    }

    @Test func theFolderExplainsTheRun() throws {
        let run = try TrainingRun(folder, images: 4, validationImages: 2)
        let weights = folder("start.safetensors")
        try Material.writeDetector(to: weights)
        let outcome = try run.run(
            "run", "--model", "retinanet-resnet10-quarter", "--threads", "2", "--weights", weights)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let content = try JSONSerialization.jsonObject(with: folder.bytes(of: "run/configuration.json"))
        let members = try #require(content as? [String: Any])
        let process = try #require(members["process"] as? [String: Any])
        #expect(process["version"] as? String == "0.2.0")
        #expect(process["threads"] as? Int == 2)
        #expect(["avx512", "avx2", "portable"].contains(process["kernels"] as? String))
        #expect((process["command"] as? [String])?.dropFirst().first == "train")
        #expect(members["trainingDataset"] as? String == run.training.annotations)
        let written = try #require(members["weights"] as? [String: Any])
        #expect(written["path"] as? String == weights)
        let sum = try Program(path: "/usr/bin/env").run(["sha256sum", weights])
        #expect(written["sha256"] as? String == sum.output.split(separator: " ").first.map(String.init))
        let dataset = (members["run"] as? [String: Any])?["dataset"] as? [String: Any]
        #expect(dataset?["images"] as? Int == 4 && dataset?["boxes"] as? Int == run.training.boxCount)
        #expect((dataset?["hash"] as? String)?.count == 16)

        #expect(try run.events("run").compactMap { $0["event"] as? String } == ["start", "epoch", "epoch", "end"])
        let curves = try Image(contentsOf: folder("run/curves.png"))
        #expect(curves.width == 1240 && curves.height == 720)
        // Lines of all three colours on white.
        let colors = Set((0..<curves.width * curves.height).map { Array(curves.bytes[$0 * 3..<$0 * 3 + 3]) })
        for color: [UInt8] in [[0x00, 0x68, 0xA8], [0xD9, 0x64, 0x0C], [0x00, 0x87, 0x5F], [255, 255, 255]] {
            #expect(colors.contains(color))
        }
        _ = try Image(contentsOf: folder("run/samples.png"))
        _ = try Image(contentsOf: folder("run/predictions.png"))
        let report = try folder.text(of: "run/report.html")
        for text in ["Loss over epochs", "Precision over epochs", "Learning rate over epochs"] {
            #expect(report.contains(text))
        }
    }
}
