import Foundation
import ProgramRunner
import Testing

/// `needletail summary` as a person runs it.
@Suite struct SummaryTests {
    /// ⌊(200 + 2 - 5) / 2⌋ + 1 = 99, 99 - 3 + 1 = 97, 97 + 2 - 3 + 1 = 97.
    @Test func layersWithoutAModel() throws {
        let outcome = try needletail(
            "summary", "--layers", "conv 5 stride=2 padding=1; max-pool 3; conv 3 padding=1", "--input", "200")
        #expect(outcome.status == 0 && outcome.errors == "")
        let sizes = outcome.output.split(separator: "\n").compactMap { line in
            line.split(separator: " ").first { $0.hasSuffix("x1") }.map(String.init)
        }
        #expect(sizes == ["99x99x1", "97x97x1", "97x97x1"])
    }

    @Test func numbersForMachines() throws {
        let outcome = try needletail("summary", "retinanet-resnet18", "--trainable-layers", "3", "--json")
        let document = try #require(
            JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        // torchvision's resnet18 with its pyramid and a head of 91 classes, its statistics fixed.
        #expect(document["inputShape"] as? [Int] == [1, 416, 416, 3])
        let weights = try #require(document["weightCount"] as? Int),
            trained = try #require(document["trainedCount"] as? Int)
        #expect(weights > 20_000_000 && trained < weights)
        let share = try #require(document["trainedShare"] as? Double)
        #expect(abs(share - Double(trained) / Double(weights)) < 1e-12)
        #expect((document["layers"] as? [Any])?.count ?? 0 > 60)
    }

    @Test func filesAndPages() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/detector.safetensors", page = folder.path + "/page.html"
        try Material.writeDetector(to: file)
        let outcome = try needletail("summary", file, "--report", page, "--input", "64x96")
        #expect(outcome.status == 0)
        #expect(outcome.output.hasPrefix("\(file) (retinanet-resnet10-quarter), input 64x96"))
        let text = try String(contentsOfFile: page, encoding: .utf8)
        #expect(text.contains("backbone.body.conv1") && text.contains("multiply-adds"))
        let overwriting = try needletail("summary", file, "--report", file)
        #expect(overwriting.status == 1 && overwriting.errors.contains("written over by the page"))
    }

    @Test(arguments: [
        (["nothing"], "there is neither a model of this name nor a file. Models are resnet10-quarter"),
        (["--layers", "conv 3 strid=2"], "'conv' has no 'strid'. It takes kernel=, stride="),
        (["--layers", "max-pool 9", "--input", "4"], "is too small for the network"),
    ])
    func mistakesAreExplained(arguments: [String], message: String) throws {
        let outcome = try Program("needletail").run(["summary"] + arguments)
        #expect(outcome.status == 1 && outcome.errors.contains(message), "\(outcome.errors)")
    }

    @Test func aModelOrLayers() throws {
        #expect(try needletail("summary").status == 2)
        #expect(try needletail("summary", "resnet18", "--layers", "conv 3").status == 2)
        #expect(try needletail("summary", "resnet18", "--input", "0").status == 2)
    }
}
