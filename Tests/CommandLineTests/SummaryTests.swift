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

    /// Operations times samples by speed.
    @Test func timesOfManySamples() throws {
        let document = try needletail(
            "summary", "--layers", "conv 8 kernel=3", "--input", "10", "--samples", "1e6", "--speed", "1G,2k", "--json"
        ).json()
        // Eight filters of nine weights at 8x8 places.
        #expect(document["operations"] as? Int == 2 * 8 * 9 * 64)
        let times = try #require(document["times"] as? [[String: Double]])
        #expect(times.map { $0["speed"] } == [1e9, 2e3])
        #expect(abs((times[0]["forwardSeconds"] ?? 0) - 9.216) < 1e-9)
        #expect(abs((times[0]["trainingSeconds"] ?? 0) - 27.648) < 1e-9)
        let text = try needletail(
            "summary", "--layers", "conv 8 kernel=3", "--input", "10", "--samples", "1e6", "--speed", "1G,2k"
        ).output
        #expect(text.contains("9.22 s") && text.contains("53.3 days"))
        #expect(try needletail("summary", "lenet5", "--samples", "1e6").status == 2)
        #expect(try needletail("summary", "lenet5", "--samples", "1e6", "--speed", "fast").status != 0)
        #expect(try needletail("summary", "lenet5", "--samples", "-1", "--speed", "1T").status != 0)
    }

    /// The convolution above the pooling, and the linear layer: 16·(3·3·8) + 16 and 10·(16·2·2) + 10, of 8·9 + 8 more.
    @Test func layersInWordsAreTrainedByStages() throws {
        let folder = try TemporaryFolder()
        let net = try folder.write(
            """
            input 12 channels=1
            conv 8 kernel=3
            relu
            max-pool 2 stride=2
            conv 16 kernel=3
            relu
            linear 10
            """, to: "my.net")
        func trained(_ layers: Int) throws -> Int? {
            try needletail("summary", net, "--trainable-layers", "\(layers)", "--json").json()["trainedCount"] as? Int
        }
        let head = 10 * (16 * 3 * 3) + 10, upper = 16 * 72 + 16, lower = 8 * 9 + 8
        #expect(try trained(0) == head)
        #expect(try trained(1) == head + upper)
        #expect(try trained(2) == head + upper + lower)
    }

    @Test func cheapConvolutionsHaveTheirShare() throws {
        let outcome = try needletail("summary", "mobilenet-v1")
        // 1/64 + 1/9 of 32 to 64 channels, and one of 32 groups.
        #expect(outcome.output.contains("12.7 %") && outcome.output.contains("3.13 %"))
        #expect(try !needletail("summary", "lenet5").output.contains("of standard"))
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
