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

    private func writeCVAT(_ shapes: String) throws -> String {
        try folder.write(
            "<annotations><image id=\"0\" name=\"a.jpg\" width=\"100\" height=\"80\">\(shapes)</image></annotations>",
            to: "a.xml")
    }

    /// What the reader leaves out is printed and counted.
    @Test func whatIsNotReadIsSaid() throws {
        let file = try writeCVAT(
            "<spline label=\"x\"/><spline label=\"x\"/><ellipse label=\"x\" cx=\"50\" cy=\"40\" rx=\"20\" ry=\"10\"/>")
        let outcome = try needletail("convert", file, folder("b.xml"), "--to", "cvat", "--verify")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("nothing of what was read is lost"))
        #expect(
            outcome.output.contains(
                "not taken over when it was read:\n  spline: 2, as \(file): images[0] (id 0) of a.jpg"))
        #expect(outcome.errors.contains("not read as it stands (2):"))
        #expect(outcome.errors.contains("spline; left out; 2 times"))
        #expect(outcome.errors.contains("note: \(file): the object is not drawn as an upright box: ellipse (1)"))
        let result = try needletail("convert", file, folder("c.csv"), "--to", "csv", "--verify", "--json").json()
        let verification = try #require(result["verification"] as? [String: Any])
        let losses = try #require(verification["lossesOnReading"] as? [[String: Any]])
        #expect(losses.map { $0["count"] as? Int } == [2])
        // Every verb that reads it says so.
        #expect(try needletail("stats", file).errors.contains("spline"))
        let check = try needletail("check", file, "--no-pixels")
        #expect(
            check.output.contains("warning content-left-out (2)") && check.output.contains("note box-from-shape (1)"))
        let whole = try needletail(
            "convert", try writeCVAT("<tag label=\"t\"/>"), folder("d.xml"), "--to", "cvat", "--verify")
        #expect(whole.output.contains("nothing lost"))
    }

    @Test func anAttributeIsChosen() throws {
        let file = try folder.write(
            """
            {"a.jpg1": {"filename": "a.jpg", "size": 1, "regions": [{"shape_attributes": {"name": "rect", "x": 1, "y": 2,
            "width": 3, "height": 4}, "region_attributes": {"colour": "red", "animal": "cat"}}]}}
            """, to: "via.json")
        let outcome = try needletail("convert", file, folder("a.json"))
        #expect(outcome.errors.contains("colour is taken, not animal; choose with --class-attribute"))
        #expect(outcome.output.contains("(red)"))
        for verb in [["convert", file, folder("b.json")], ["stats", file], ["check", file, "--no-pixels"]] {
            let chosen = try Program("needletail").run(verb + ["--class-attribute", "animal"])
            #expect(chosen.status == 0 && !chosen.errors.contains("is taken"), "\(verb)")
        }
        let none = try needletail("convert", file, folder("c.json"), "--class-attribute", "size")
        #expect(none.status == 1 && none.errors.contains("Choose among colour, animal with --class-attribute"))
    }

    @Test func polygonsThatEncloseNothingAreSaid() throws {
        let file = try folder.write(
            """
            {"images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 80}],
             "categories": [{"id": 1, "name": "cat"}], "annotations": [{"id": 1, "image_id": 1, "category_id": 1,
              "bbox": [10, 20, 30, 40], "segmentation": [[]]}]}
            """, to: "a.json")
        let outcome = try needletail("convert", file, folder("y"), "--to", "yolo", "--polygons")
        #expect(outcome.errors.contains("a polygon has fewer than three points or no area"))
        #expect(try folder.text(of: "y/labels/train/a.txt") == "0 0.25 0.5 0.3 0.5\n")
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

    /// Without a detector the score is the one that is best on the annotations: both boxes of 0.3, none of 0.2.
    @Test func drawTakesTheScoreOfHighestF1() throws {
        let excerpt = try ShapesExcerpt("train", count: 1, to: folder, name: "train")
        let dataset = try Dataset.read(excerpt.annotations)
        let truths = (0..<2).map { dataset.annotations[$0] }
        func write(_ name: String) throws -> String {
            let path = folder(name)
            var writer = try COCOResultsWriter(path: path)
            for truth in truths {
                let number = dataset.categories[truth.category].number
                try writer.append(
                    .init(
                        imageID: dataset.images[0].id,
                        detection: Detection(box: truth.box, score: 0.3, categoryID: number)))
                for step in 0..<9 {
                    let box = Box(x: Double(step) * 20, y: 150, width: 5, height: 5)
                    try writer.append(
                        .init(
                            imageID: dataset.images[0].id,
                            detection: Detection(box: box, score: 0.2, categoryID: number)))
                }
            }
            try writer.finish()
            return path
        }
        func drawn(_ arguments: String...) throws -> (outcome: Program.Outcome, boxes: Int) {
            let outcome = try Program("needletail").run(
                ["draw", excerpt.annotations, "--json", "--overwrite", "--output", folder("drawn")] + arguments)
            return (outcome, try outcome.json()["boxes"] as? Int ?? -1)
        }
        let found = try write("found.json")
        let best = try drawn("--detections", found)
        #expect(best.boxes == excerpt.boxCount + 2)
        #expect(best.outcome.errors.contains("drawn from a score of 0.300, where F1 is highest on these annotations"))
        #expect(try drawn("--detections", found, "--threshold", "0.1").boxes == excerpt.boxCount + 20)
        // What a run writes beside its detector goes by that detector's validation.
        let detector = folder("run/best.safetensors")
        try folder.write("", to: "run/.keep")
        try Material.writeDetector(to: detector, thresholds: ScoreThresholds(overall: 0.25))
        let validation = try write("run/validation.json")
        let beside = try drawn("--detections", validation)
        #expect(beside.outcome.errors.contains("0.250, where F1 was highest in the detector's validation"))
        #expect(try drawn("--detections", found, "--detector", detector).boxes == excerpt.boxCount + 2)
        #expect(try needletail("draw", excerpt.annotations, "--threshold", "0.1", "--output", folder("x")).status == 2)
    }

    // MARK: what is there already

    /// No verb replaces a file that it was not told to, and none its input.
    @Test func filesThatAreThereAreNotReplaced() throws {
        let excerpt = try ShapesExcerpt("validation", count: 2, to: folder, name: "validation")
        try Material.writeDetections(3, of: excerpt, to: folder("found.json"))
        let mine = try folder.write("mine", to: "out/mine.txt")
        let picture = "out/" + excerpt.names[0].replacing(".jpg", with: ".png")
        try folder.write("mine", to: picture)
        let verbs: [(file: String, arguments: [String])] = [
            ("out/mine.txt", ["evaluate", excerpt.annotations, folder("found.json"), "--report", mine]),
            ("out/mine.txt", ["stats", excerpt.annotations, "--report", mine]),
            ("out/mine.txt", ["summary", "resnet10-quarter", "--report", mine]),
            ("out/mine.txt", ["augment", excerpt.annotations, mine]),
            ("out/mine.txt", ["convert", excerpt.annotations, mine]),
            ("out/mine.txt", ["filter", excerpt.annotations, mine, "--no-crowd"]),
            ("out/mine.txt", ["remap", excerpt.annotations, mine, "--ids-from", "1"]),
            (picture, ["draw", excerpt.annotations, "--output", folder("out")]),
        ]
        for (file, arguments) in verbs {
            let outcome = try Program("needletail").run(arguments)
            #expect(outcome.status == 1, "\(arguments)")
            #expect(
                outcome.errors.contains(folder(file)) && outcome.errors.contains("--overwrite"), "\(outcome.errors)")
            #expect(try folder.text(of: file) == "mine", "\(arguments)")
        }
        #expect(folder.names(in: "out").count == 2)
        for (_, arguments) in verbs {
            let outcome = try Program("needletail").run(arguments + ["--overwrite"])
            #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
        }
        #expect(try folder.text(of: picture) != "mine")
    }

    /// A corrected copy has a log beside it, whose name may be taken.
    @Test func theLogOfChangesIsNotWrittenOver() throws {
        let excerpt = try ShapesExcerpt("validation", count: 1, to: folder, name: "validation")
        try folder.write("mine", to: "fixed.json.changes.jsonl")
        let outcome = try needletail("check", excerpt.annotations, "--fix", folder("fixed.json"))
        #expect(outcome.status == 1 && outcome.errors.contains("fixed.json.changes.jsonl is there already"))
        #expect(!folder.names().contains("fixed.json"))
    }

    /// All parts are written or none.
    @Test func partsThatAreThereAreNotReplaced() throws {
        let excerpt = try ShapesExcerpt("train", count: 6, to: folder, name: "train")
        try folder.write("mine", to: "parts/val.json")
        let outcome = try needletail("split", excerpt.annotations, folder("parts"), "--no-pixels")
        #expect(outcome.status == 1 && outcome.errors.contains("parts/val.json is there already"), "\(outcome.errors)")
        #expect(folder.names(in: "parts") == ["val.json"])
    }

    /// A folder that is replaced holds a dataset, and nothing else.
    @Test func foldersWithOtherFilesAreNotReplaced() throws {
        let excerpt = try ShapesExcerpt("train", count: 2, to: folder, name: "train")
        #expect(try needletail("convert", excerpt.annotations, folder("yolo"), "--to", "yolo").status == 0)
        let again = try needletail("convert", excerpt.annotations, folder("yolo"), "--to", "yolo", "--overwrite")
        #expect(again.status == 0, "\(again.errors)")
        try folder.write("mine", to: "yolo/notes.txt")
        let outcome = try needletail("convert", excerpt.annotations, folder("yolo"), "--to", "yolo", "--overwrite")
        #expect(outcome.status == 1 && outcome.errors.contains("notes.txt"), "\(outcome.errors)")
        #expect(try folder.text(of: "yolo/notes.txt") == "mine")
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

    /// What is listed is a policy, but for two operations that need a size.
    @Test func augmentListsOperationsAsAPolicy() throws {
        let listed = try needletail("augment", "--list")
        #expect(listed.status == 0 && listed.output.contains("\nperspective scale=0..0.1\n"))
        let lines = listed.output.split(separator: "\n").map { $0.replacingOccurrences(of: "PIXELS", with: "48") }
        #expect(lines.count > 60)
        let policy = try folder.write("one-of {\n" + lines.joined(separator: "\n") + "\n}\n", to: "all.txt")
        let excerpt = try ShapesExcerpt("train", count: 2, to: folder, name: "train")
        let drawn = try needletail("augment", excerpt.annotations, folder("all.png"), "--policy", policy)
        #expect(drawn.status == 0, "\(drawn.errors)")
        #expect(try needletail("augment", excerpt.annotations).errors.contains("Give DATASET and SHEET, or --list."))
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
        #expect(refused.errors.contains("which is read, would be written over by the report. Give another name"))
    }
}
