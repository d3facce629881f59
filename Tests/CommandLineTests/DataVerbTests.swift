import Foundation
import Needletail
import ProgramRunner
import Testing

/// The verbs that need no network: convert, draw, evaluate.
@Suite struct DataVerbTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    // MARK: convert

    /// Two images of 100x80 pixels; corners are counted from 1 and the last one is inside.
    private func writeVOC() throws {
        for (name, objects) in [
            ("b", [("cell", (1, 1, 100, 80))]), ("a", [("cell", (11, 21, 30, 60)), ("blob", (5, 5, 5, 5))]),
        ] {
            let boxes = objects.map { name, corners in
                """
                <object><name>\(name)</name><bndbox><xmin>\(corners.0)</xmin><ymin>\(corners.1)</ymin>\
                <xmax>\(corners.2)</xmax><ymax>\(corners.3)</ymax></bndbox></object>
                """
            }.joined()
            try folder.write(
                """
                <annotation><filename>\(name).png</filename><size><width>100</width><height>80</height>\
                <depth>3</depth></size>\(boxes)</annotation>
                """, to: "voc/Annotations/\(name).xml")
            try folder.write(
                Data(
                    try Image(width: 100, height: 80, format: .rgb, bytes: .init(repeating: 9, count: 24000)).pngBytes()
                ),
                to: "voc/JPEGImages/\(name).png")
        }
        try folder.write("a\n", to: "voc/ImageSets/Main/train.txt")
    }

    private struct COCO: Decodable, Equatable {
        struct Image: Decodable, Equatable {
            var id: Int, fileName: String, width: Int, height: Int
        }

        struct Annotation: Decodable, Equatable {
            var imageId: Int, categoryId: Int, bbox: [Double], area: Double
        }

        struct Category: Decodable, Equatable {
            var id: Int, name: String
        }

        var images: [Image], annotations: [Annotation], categories: [Category]
    }

    private func coco(_ name: String) throws -> COCO {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(COCO.self, from: folder.bytes(of: name))
    }

    @Test func pascalVOCBecomesCOCO() throws {
        try writeVOC()
        let outcome = try needletail("convert", folder("voc"), folder("new/train.json"), "--split", "train", "--json")
        #expect(outcome.status == 0)
        let result = try outcome.json()
        #expect(result["images"] as? Int == 1)
        #expect(result["annotations"] as? Int == 2)
        #expect(result["categories"] as? [String] == ["blob", "cell"])
        // The box of one pixel is kept and named.
        #expect((result["issues"] as? [String])?.count == 1)
        let written = try coco("new/train.json")
        #expect(
            written
                == COCO(
                    images: [.init(id: 1, fileName: "a.png", width: 100, height: 80)],
                    annotations: [
                        .init(imageId: 1, categoryId: 2, bbox: [10, 20, 20, 40], area: 800),
                        .init(imageId: 1, categoryId: 1, bbox: [4, 4, 1, 1], area: 1),
                    ], categories: [.init(id: 1, name: "blob"), .init(id: 2, name: "cell")]))
    }

    @Test func pascalVOCWithEdgesFromZero() throws {
        try writeVOC()
        let outcome = try needletail("convert", folder("voc"), folder("all.json"), "--voc-origin", "zero", "--quiet")
        #expect(outcome.status == 0)
        let written = try coco("all.json")
        #expect(written.images.map(\.fileName) == ["a.png", "b.png"])
        #expect(written.annotations.map(\.bbox).contains([11, 21, 19, 39]))
    }

    @Test func splitThatIsNotThere() throws {
        try writeVOC()
        let outcome = try needletail("convert", folder("voc"), folder("val.json"), "--split", "val")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("val"))
        #expect(!folder.names().contains("val.json"))
    }

    // MARK: draw

    @Test func drawWritesAPictureOfEveryImage() throws {
        let excerpt = try ShapesExcerpt("train", count: 3, to: folder, name: "train")
        let outcome = try needletail("draw", excerpt.annotations, "--output", folder("drawn"), "--json")
        #expect(outcome.status == 0)
        let result = try outcome.json()
        #expect(result["images"] as? Int == 3)
        #expect(result["boxes"] as? Int == excerpt.boxCount)
        for name in excerpt.names {
            let picture = try Image(contentsOf: folder("drawn/" + name.replacing(".jpg", with: ".png")))
            let original = try Image(contentsOf: folder("images/" + name))
            #expect((picture.width, picture.height) == (original.width, original.height))
            #expect(picture != original)
        }
    }

    @Test func drawShowsDetectionsToo() throws {
        let excerpt = try ShapesExcerpt("train", count: 1, to: folder, name: "train")
        try Material.writeDetections(2, of: excerpt, to: folder("found.json"))
        let outcome = try needletail(
            "draw", excerpt.annotations, "--detections", folder("found.json"), "--output", folder("drawn"), "--json")
        #expect(try outcome.json()["boxes"] as? Int == excerpt.boxCount + 2)
    }

    // MARK: augment

    /// Four images and two epochs: three tiles a row of 320 by 264, 12 apart; the lines make the same pictures again.
    @Test func augmentWritesASheetThatCanBeReplayed() throws {
        let excerpt = try ShapesExcerpt("train", count: 6, to: folder, name: "train")
        let drawn = try needletail(
            "augment", excerpt.annotations, folder("out/sheet.png"), "--policy", "strong", "--epochs", "2")
        #expect(drawn.status == 0, "\(drawn.errors)")
        let sheet = try Image(contentsOf: folder("out/sheet.png"))
        #expect(sheet.width == 3 * 332 + 12 && sheet.height == 4 * 276 + 12)
        let lines = drawn.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 8 && lines.allSatisfy { $0.hasPrefix("{\"epoch\":") })

        let log = try folder.write(drawn.output, to: "log.jsonl")
        let replayed = try needletail(
            "augment", excerpt.annotations, folder("again.png"), "--replay", log, "--policy", "strong")
        #expect(replayed.status == 0 && replayed.output == drawn.output, "\(replayed.errors)")
        let again = try Image(contentsOf: folder("again.png"))
        // Tiles of the replay stand four in a row, those of the sheet behind the image as it was.
        for index in 0..<8 {
            let first = sheet.cropped(x: 12 + (index % 2 + 1) * 332, y: 12 + index / 2 * 276, width: 320, height: 240)
            let second = again.cropped(x: 12 + index % 4 * 332, y: 12 + index / 4 * 276, width: 320, height: 240)
            #expect(first == second, "\(lines[index])")
        }
    }

    // MARK: evaluate

    /// Every box found exactly, and nothing else.
    @Test func evaluateOfPerfectDetections() throws {
        let excerpt = try ShapesExcerpt("validation", count: 4, to: folder, name: "validation")
        try Material.writeDetections(.max, of: excerpt, to: folder("found.json"))
        let outcome = try needletail("evaluate", excerpt.annotations, folder("found.json"), "--json")
        #expect(outcome.status == 0)
        let result = try outcome.json()
        let stats = try #require(result["stats"] as? [Double])
        #expect(stats.count == 12)
        #expect(stats[0] == 1 && stats[1] == 1 && stats[2] == 1 && stats[8] == 1)
        #expect(result["images"] as? Int == 4)
        let classes = try #require(result["classes"] as? [[String: Any]])
        #expect(classes.reduce(0) { $0 + ($1["annotations"] as? Int ?? 0) } == excerpt.boxCount)
    }

    @Test func evaluatePrintsWhatPycocotoolsPrints() throws {
        let excerpt = try ShapesExcerpt("validation", count: 4, to: folder, name: "validation")
        try Material.writeDetections(excerpt.boxCount / 2, of: excerpt, to: folder("found.json"))
        let outcome = try needletail("evaluate", excerpt.annotations, folder("found.json"), "--pycocotools")
        #expect(outcome.status == 0)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 12)
        #expect(
            lines.first?.hasPrefix(" Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.")
                == true)
        #expect(outcome.errors == "")
    }

    @Test func evaluateWritesAReport() throws {
        let excerpt = try ShapesExcerpt("validation", count: 4, to: folder, name: "validation")
        try Material.writeDetections(excerpt.boxCount / 2, of: excerpt, to: folder("found.json"))
        let outcome = try needletail(
            "evaluate", excerpt.annotations, folder("found.json"), "--report", folder("new/report.html"))
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("striped ball"))
        #expect(try folder.text(of: "new/report.html").contains("striped ball"))
        let refused = try needletail(
            "evaluate", excerpt.annotations, folder("found.json"), "--report", folder("./found.json"))
        #expect(refused.status == 1)
        #expect(refused.errors.contains("Give it another name"))
    }
}
