import Foundation
import Needletail
import ProgramRunner
import Testing

/// `needletail inspect` as a person runs it. What the pictures show is told by numbers beside them.
@Suite struct InspectTests {
    private let folder: TemporaryFolder
    private let excerpt: ShapesExcerpt

    init() throws {
        folder = try TemporaryFolder()
        excerpt = try ShapesExcerpt("train", count: 1, to: folder, name: "train")
    }

    private static let weights = ShapesExcerpt.package + "/pretrained/resnet10-quarter-shapes.safetensors"

    private var photograph: String { excerpt.imageFolder + "/" + excerpt.names[0] }

    private func inspect(_ arguments: String...) throws -> Program.Outcome {
        try Program("needletail").run(["inspect"] + arguments)
    }

    private func detector() throws -> String {
        let path = folder("detector.safetensors")
        if !FileManager.default.fileExists(atPath: path) { try Material.writeDetector(to: path) }
        return path
    }

    @Test func filtersOnOneScale() throws {
        let outcome = try inspect("filters", Self.weights, "--output", folder("filters.png"), "--json")
        #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)")
        let document = try outcome.json()
        #expect(document["node"] as? String == "conv1" && document["filters"] as? Int == 16)
        #expect(document["channels"] as? Int == 3 && document["height"] as? Int == 7)
        // Sixteen tiles of 8 · 7 pixels beside each other, 8 between them.
        let picture = try Image(contentsOf: folder("filters.png"))
        #expect(picture.width == 16 * 64 + 8)
        // The greatest weight is white or black in its colour.
        let checkpoint = try Checkpoint(contentsOf: Self.weights)
        let values = try #require(checkpoint["conv1.weight"]).floats()
        let limit = values.reduce(0) { max($0, abs($1)) }
        #expect(abs((document["limit"] as? Double ?? 0) - Double(limit)) < 1e-6)
        let again = try inspect("filters", Self.weights, "--output", folder("filters.png"))
        #expect(again.status == 1 && again.errors.contains("--overwrite"))
        #expect(
            try inspect("filters", "perceptron", "--output", folder("p.png")).output.contains("256 filters of 28x28"))
    }

    @Test func nodesAreListedAndTheirMapsDrawn() throws {
        let list = try inspect("maps", Self.weights, photograph, "--json").json()
        let nodes = try #require(list["nodes"] as? [[String: Any]])
        let first = try #require(nodes.first { $0["name"] as? String == "conv1" })
        #expect(first["shape"] as? [Int] == [1, 112, 112, 16])
        let maps = try inspect(
            "maps", Self.weights, photograph, "--node", "conv1", "--output", folder("maps.png"), "--channels", "5",
            "--json")
        #expect(maps.status == 0, "\(maps.errors)")
        let range = try maps.json()
        #expect((range["least"] as? Double ?? 0) < (range["greatest"] as? Double ?? 0))
        // The photograph and five maps.
        #expect(try Image(contentsOf: folder("maps.png")).width == 6 * (112 + 12) + 12)

        let wrong = try inspect("maps", Self.weights, photograph, "--node", "conv9", "--output", folder("x.png"))
        #expect(
            wrong.status == 1 && wrong.errors.contains("no node is called 'conv9'")
                && wrong.errors.contains("layer1.0.conv1"))
        #expect(try inspect("maps", Self.weights, photograph, "--node", "conv1").status == 2)
        #expect(!folder.names().contains("x.png"))
    }

    @Test func layersInWords() throws {
        let net = try folder.write("input 28 channels=1\nconv 6 kernel=5\nrelu\nlinear 10\n", to: "my.net")
        let maps = try inspect("maps", net, photograph, "--node", "1", "--output", folder("maps.png"), "--json")
        #expect(try maps.json()["shape"] as? [Int] == [1, 24, 24, 6])
        #expect(maps.errors.contains("drawn at random"))
        let gradients = try inspect("gradients", net, photograph, "--class", "3", "--json")
        #expect(gradients.status == 0, "\(gradients.errors)")
    }

    /// Every anchor has one of three labels, and every object an anchor.
    @Test func anchorsOfAPhotograph() throws {
        let outcome = try inspect(
            "anchors", try detector(), photograph, "--annotations", excerpt.annotations, "--output", folder("a.png"),
            "--json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let document = try outcome.json()
        let counts = try #require(document["counts"] as? [String: Int])
        let levels = try #require(document["levels"] as? [[String: Any]])
        #expect(levels.count == 5)
        for kind in ["object", "ignored", "background"] {
            #expect(levels.reduce(0) { $0 + ((($1["counts"] as? [String: Int])?[kind]) ?? 0) } == counts[kind])
        }
        let objects = try #require(document["objects"] as? [[String: Any]])
        #expect(objects.count == excerpt.boxCount && objects.allSatisfy { $0["places"] as? Int ?? 0 > 0 })
        #expect(objects.reduce(0) { $0 + ($1["places"] as? Int ?? 0) } == counts["object"])
        #expect(try Image(contentsOf: folder("a.png")).width > 1400)

        let cells = try inspect(
            "anchors", "yolox-nano", photograph, "--annotations", excerpt.annotations, "--output", folder("c.png"),
            "--json")
        let document2 = try cells.json()
        #expect(document2["kind"] as? String == "cells")
        // Strides of 8, 16 and 32 on an image whose longer side is 416, and that is padded to a multiple of 32.
        let image = try Image(contentsOf: photograph)
        let scale = 416 / Double(max(image.width, image.height))
        let sides = [image.width, image.height].map { (Int(Double($0) * scale) + 31) / 32 * 32 }
        let cells32 = sides[0] / 32 * (sides[1] / 32)
        let all = try #require(document2["counts"] as? [String: Int])
        #expect(all.values.reduce(0, +) == (16 + 4 + 1) * cells32 && all["ignored"] == 0)
    }

    /// Every kind of detector says what its places are to find.
    @Test(arguments: ["fcos-resnet18", "ssdlite320-mobilenet-v3-large"])
    func placesOfOtherDetectors(model: String) throws {
        let outcome = try inspect(
            "anchors", model, photograph, "--annotations", excerpt.annotations, "--output", folder("a.png"), "--json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let document = try outcome.json()
        let counts = try #require(document["counts"] as? [String: Int])
        #expect(document["kind"] as? String == (model.hasPrefix("fcos") ? "cells" : "anchors"))
        // SSD counts three times as many without an object as with one, and ignores the others.
        if model.hasPrefix("ssd") {
            #expect(counts["background"] == 3 * (counts["object"] ?? 0))
            #expect(counts.values.reduce(0, +) == 3234)
        } else {
            #expect(counts["ignored"] == 0 && counts["object"] ?? 0 > 0)
        }
    }

    @Test func suppressionKeepsFewer() throws {
        let outcome = try inspect(
            "suppression", try detector(), photograph, "--threshold", "0", "--overlap", "0.5", "--output",
            folder("s.png"),
            "--json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let document = try outcome.json()
        let before = try #require(document["before"] as? Int), after = try #require(document["after"] as? Int)
        #expect(before > after && after > 0)
        // What is not suppressed at an overlap of 1 is everything, up to the limit of an image.
        let all = try inspect(
            "suppression", try detector(), photograph, "--threshold", "0", "--overlap", "1", "--output",
            folder("t.png"),
            "--json")
        #expect(try all.json()["after"] as? Int == min(before, 300))
        #expect(
            try inspect("suppression", Self.weights, photograph, "--output", folder("u.png")).errors.contains(
                "no detector"))
    }

    /// All norms together are the norm of all.
    @Test func gradientsByLayer() throws {
        let outcome = try inspect(
            "gradients", try detector(), photograph, "--annotations", excerpt.annotations, "--output", folder("g.png"),
            "--json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let gradients = try #require(try outcome.json()["gradients"] as? [String: Any])
        let layers = try #require(gradients["layers"] as? [[String: Any]])
        let norm = try #require(gradients["norm"] as? Double)
        let sum = layers.reduce(0.0) { $0 + pow($1["gradientNorm"] as? Double ?? 0, 2) }
        #expect(norm > 0 && abs(sum.squareRoot() - norm) < 1e-3 * norm)
        #expect(layers.first?["name"] as? String == "backbone.body.conv1")
        #expect(try Image(contentsOf: folder("g.png")).width == 900)

        #expect(try inspect("gradients", try detector(), photograph).status == 2)
        #expect(try inspect("gradients", Self.weights, photograph).errors.contains("--class"))
        let table = try inspect("gradients", Self.weights, photograph, "--class", "1")
        #expect(table.status == 0 && table.output.contains("layer4.0.conv2"), "\(table.errors)")
    }
}
