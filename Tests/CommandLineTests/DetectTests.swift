import Foundation
import Needletail
import ProgramRunner
import Testing

@Suite struct DetectTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func damagedImagesAreSetAside() throws {
        let excerpt = try ShapesExcerpt("train", count: 3, to: folder, name: "train")
        try Material.writeTruncated(folder("images/" + excerpt.names[1]), to: folder("images/" + excerpt.names[1]))
        try folder.write("not an image", to: "images/notes.png")
        try Material.writeDetector(to: folder("detector.safetensors"))
        let outcome = try needletail(
            "detect", folder("detector.safetensors"), excerpt.imageFolder, "--output", folder("found"), "--json")
        #expect(outcome.status == 0)
        let result = try outcome.json()
        #expect(result["images"] as? Int == 2)
        #expect(
            result["failedImages"] as? [String]
                == [folder("images/" + excerpt.names[1]), folder("images/notes.png")])
        #expect(outcome.errors.contains("set aside: \(folder("images/" + excerpt.names[1])): truncated"))
        #expect(outcome.errors.contains("set aside: \(folder("images/notes.png")): not a picture"))
        let pictures = [excerpt.names[0], excerpt.names[2]].map { $0.replacing(".jpg", with: ".png") }
        #expect(folder.names(in: "found") == (pictures + ["detections.json"]).sorted())
    }

    @Test func nothingButDamagedImagesIsAFailure() throws {
        try folder.write("not an image", to: "images/notes.png")
        try Material.writeDetector(to: folder("detector.safetensors"))
        let outcome = try needletail(
            "detect", folder("detector.safetensors"), folder("images"), "--output", folder("found"))
        #expect(outcome.status == 1)
    }

    /// Images of one name in two folders are two images, in the results and among the pictures.
    @Test func foldersOfEqualNames() throws {
        let excerpt = try ShapesExcerpt("train", count: 2, to: folder, name: "train")
        for (part, name) in zip(["a", "b"], excerpt.names) {
            try folder.write(try folder.bytes(of: "images/\(name)"), to: "\(part)/one.jpg")
        }
        try Material.writeDetector(to: folder("detector.safetensors"))
        let outcome = try needletail(
            "detect", folder("detector.safetensors"), folder("a"), folder("b"), folder("a"), "--minimum-score", "0.001",
            "--output", folder("found"))
        #expect(outcome.status == 0, "\(outcome.errors)")
        let results = try COCOResults.read(folder("found/detections.json"))
        #expect(Set(results.map(\.imageID)) == ["a/one.jpg", "b/one.jpg"])
        #expect(folder.names(in: "found") == ["a_one.png", "b_one.png", "detections.json"])
    }

    @Test func whatIsLeftOutOfAFolderIsTold() throws {
        for name in ["a.heic", "b.avif", "c.AVIF", "notes.txt", "sub/d.jpg"] {
            try folder.write("", to: "photos/\(name)")
        }
        let none = try needletail("detect", folder("none"), folder("photos"), "--output", folder("found"))
        #expect(none.status == 1)
        for text in [
            "no picture", "3 pictures of a format that is not read (2 .avif, 1 .heic)", "1 folder, as sub; --recursive",
        ] {
            #expect(none.errors.contains(text), "\(none.errors)")
        }
        try FileManager.default.createSymbolicLink(atPath: folder("photos/up"), withDestinationPath: "..")
        let deep = try needletail(
            "detect", folder("none"), folder("photos"), "--recursive", "--output", folder("found"))
        #expect(deep.errors.contains("left out: 3 pictures of a format that is not read"), "\(deep.errors)")
        #expect(deep.errors.contains("1 link to a folder that is looked into already, as up"), "\(deep.errors)")
    }

    /// The ids of the dataset go through to the results, whose numbers do not depend on the threads.
    @Test func resultsCarryTheDatasetsIDs() throws {
        let excerpt = try ShapesExcerpt("validation", count: 2, to: folder, name: "validation")
        try Material.writeDetector(to: folder("detector.safetensors"))
        for threads in ["1", "2"] {
            let outcome = try needletail(
                "detect", folder("detector.safetensors"), excerpt.imageFolder, "--annotations", excerpt.annotations,
                "--minimum-score", "0.001", "--no-pictures", "--threads", threads, "--output", folder("found" + threads)
            )
            #expect(outcome.status == 0)
            #expect(folder.names(in: "found" + threads) == ["detections.json"])
        }
        #expect(try folder.bytes(of: "found1/detections.json") == folder.bytes(of: "found2/detections.json"))
        let dataset = try Dataset.read(excerpt.annotations)
        let results = try COCOResults.read(folder("found1/detections.json"), categories: dataset.categories)
        #expect(!results.isEmpty)
        #expect(Set(results.map(\.imageID)).isSubset(of: Set((0..<2).map { dataset.images[$0].id })))
        #expect(Set(results.map(\.detection.categoryID)).isSubset(of: Set(Material.categories.map(\.id))))
        let evaluation = try needletail("evaluate", excerpt.annotations, folder("found1/detections.json"), "--json")
        #expect((try evaluation.json()["stats"] as? [Double])?.count == 12)
    }

    /// A folder holds the images of all splits; the annotations name those of one.
    @Test func annotationsChooseThePhotographs() throws {
        let wanted = try ShapesExcerpt("validation", count: 2, to: folder, name: "validation")
        let other = try ShapesExcerpt("train", count: 2, to: folder, name: "train")
        try Material.writeDetector(to: folder("detector.safetensors"))
        let outcome = try needletail(
            "detect", folder("detector.safetensors"), wanted.imageFolder, "--annotations", wanted.annotations,
            "--output", folder("found"), "--json")
        #expect(outcome.status == 0)
        #expect(try outcome.json()["images"] as? Int == 2)
        #expect((try outcome.json()["failedImages"] as? [String])?.isEmpty == true)
        #expect(outcome.errors.contains("2 photographs are not in \(wanted.annotations)"))
        #expect(
            folder.names(in: "found")
                == (wanted.names.map { $0.replacing(".jpg", with: ".png") } + ["detections.json"]).sorted())

        let none = try needletail(
            "detect", folder("detector.safetensors"), folder("images/" + other.names[0]), "--annotations",
            wanted.annotations, "--output", folder("nothing"))
        #expect(none.status == 1)
        #expect(none.errors.contains("another split"))
    }

    // MARK: Images and classes

    private func detect(_ arguments: [String], _ output: String) throws -> Program.Outcome {
        try Program("needletail").run(
            ["detect", folder("detector.safetensors")] + arguments + ["--output", folder(output), "--json"])
    }

    private func averagePrecision(_ annotations: String, _ detections: String) throws -> Double {
        let outcome = try needletail("evaluate", annotations, detections, "--brief", "--json", "--lenient")
        return try #require(try outcome.json()["stats"] as? [Double], "\(outcome.errors)")[0]
    }

    /// The numbers of another dataset of the same images and classes: ids in the other order.
    private func renumber(_ source: String, to name: String) throws -> String {
        var content = try #require(
            try JSONSerialization.jsonObject(with: folder.bytes(of: source)) as? [String: Any])
        func list(_ key: String) throws -> [[String: Any]] { try #require(content[key] as? [[String: Any]]) }
        let classes = try list("categories").compactMap { $0["id"] as? Int }.sorted()
        let newClass = Dictionary(uniqueKeysWithValues: zip(classes, classes.reversed()))
        content["categories"] = try list("categories").map { $0.merging(["id": newClass[$0["id"] as! Int]!]) { $1 } }
        content["images"] = try list("images").map { $0.merging(["id": 5000 - ($0["id"] as! Int)]) { $1 } }
        content["annotations"] = try list("annotations").map {
            $0.merging(
                ["category_id": newClass[$0["category_id"] as! Int]!, "image_id": 5000 - ($0["image_id"] as! Int)]
            ) { $1 }
        }
        return try folder.write(try JSONSerialization.data(withJSONObject: content), to: name)
    }

    /// Detections by the file's name, by the dataset's ids and by another dataset's, also converted: one AP.
    @Test func itDoesNotMatterHowADatasetNumbers() throws {
        let excerpt = try ShapesExcerpt("validation", count: 3, to: folder, name: "validation")
        let other = try renumber("validation.json", to: "other.json")
        try Material.writeDetector(to: folder("detector.safetensors"))
        let all = [excerpt.imageFolder, "--minimum-score", "0.009", "--no-pictures"]
        #expect(try detect(all + ["--annotations", excerpt.annotations], "own").status == 0)
        #expect(try detect(all + ["--annotations", other], "other").status == 0)
        #expect(try detect(all, "named").status == 0)
        let expected = try averagePrecision(excerpt.annotations, folder("own/detections.json"))
        for annotations in [excerpt.annotations, other] {
            for run in ["own", "other", "named"] {
                let detections = folder(run + "/detections.json")
                #expect(try averagePrecision(annotations, detections) == expected, "\(run)")
                for format in ["coco", "coco-results"] {
                    let converted = folder("\(run)-\(format).json")
                    let outcome = try needletail(
                        "convert", detections, converted, "--to", format, "--annotations", other, "--overwrite")
                    #expect(outcome.status == 0, "\(outcome.errors)")
                    #expect(try averagePrecision(annotations, converted) == expected, "\(run), \(format)")
                }
            }
        }
        // The ids in the file are those of the dataset that was given, as other tools need them.
        let ids = try Set(COCOResults.read(folder("other/detections.json")).map(\.imageID))
        #expect(try ids.isSubset(of: Dataset.read(other).images.map(\.id)))
    }

    /// Two folders with files of the same names.
    @Test func equalNamesInTwoFoldersAreTwoImages() throws {
        let excerpt = try ShapesExcerpt("validation", count: 2, to: folder, name: "validation")
        var text = try folder.text(of: "validation.json")
        for (name, directory) in zip(excerpt.names, ["a", "b"]) {
            try folder.write(folder.bytes(of: "images/" + name), to: "root/\(directory)/1.jpg")
            text = text.replacing("\"\(name)\"", with: "\"\(directory)/1.jpg\"")
        }
        let annotations = try folder.write(text, to: "root/all.json")
        try Material.writeDetector(to: folder("detector.safetensors"))
        let options = ["--minimum-score", "0.009", "--no-pictures"]
        let folders = [folder("root/a"), folder("root/b")]
        #expect(try detect(folders + options, "named").status == 0)
        #expect(try detect(folders + options + ["--annotations", annotations], "given").status == 0)
        #expect(try detect([folder("root"), "--recursive"] + options, "below").status == 0)
        let ids = try Set(COCOResults.read(folder("named/detections.json")).map(\.imageID))
        #expect(ids == ["a/1.jpg", "b/1.jpg"])
        let results = try ["named", "given", "below"].map {
            try averagePrecision(annotations, folder($0 + "/detections.json"))
        }
        #expect(Set(results).count == 1)
        // A file that is named twice is one.
        let once = try detect([folder("root/a"), folder("root/a/1.jpg")] + options, "once")
        #expect(try once.json()["images"] as? Int == 1)
        let pictures = try detect(folders, "pictures")
        #expect(pictures.status == 0 && folder.names(in: "pictures") == ["a_1.png", "b_1.png", "detections.json"])
    }

    /// Classes that only one of the two has are named, and their objects left out.
    @Test func classesAreMatchedByName() throws {
        let excerpt = try ShapesExcerpt("validation", count: 2, to: folder, name: "validation")
        try Material.writeDetector(to: folder("detector.safetensors"), names: ["Gear", "daisy", "striped_ball"])
        let options = [excerpt.imageFolder, "--minimum-score", "0.009", "--no-pictures"]
        let outcome = try detect(options + ["--annotations", excerpt.annotations], "found")
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("classes of the detector that are not in \(excerpt.annotations)"))
        #expect(outcome.errors.contains("left out (1): daisy"))
        #expect(outcome.errors.contains("that the detector does not know (1): flower"))
        let results = try COCOResults.read(folder("found/detections.json"))
        #expect(Set(results.map(\.detection.categoryID)).isSubset(of: [1, 3, 5, 8, 13]))
        // By name alone they are left out when they are measured, with the same result.
        #expect(try detect(options, "named").status == 0)
        let evaluation = try needletail("evaluate", excerpt.annotations, folder("named/detections.json"), "--brief")
        #expect(evaluation.errors.contains("has no category of these names: daisy ("))
        #expect(
            try averagePrecision(excerpt.annotations, folder("named/detections.json"))
                == averagePrecision(excerpt.annotations, folder("found/detections.json")))

        try Material.writeDetector(to: folder("detector.safetensors"), names: ["a", "b", "c", "d", "e", "f"])
        let nothing = try detect(options + ["--annotations", excerpt.annotations], "nothing")
        #expect(nothing.status == 1 && nothing.errors.contains("is one of the detector's (a, b, c, d, e, f)"))
    }

    // MARK: Limits and thresholds

    @Test func theLimitOfObjectsIsSaidAndCanBeChanged() throws {
        let excerpt = try ShapesExcerpt("validation", count: 2, to: folder, name: "validation")
        try Material.writeDetector(to: folder("detector.safetensors"))
        let options = [excerpt.imageFolder, "--minimum-score", "0.001", "--no-pictures"]
        let usual = try detect(options + ["--max-detections", "3"], "few")
        #expect(try usual.json()["detections"] as? Int == 6 && usual.json()["imagesAtLimit"] as? Int == 2)
        #expect(usual.errors.contains("in 2 of 2 images there was more than the 3 objects that are kept of one"))
        let more = try detect(options + ["--max-detections", "8"], "more")
        #expect(try more.json()["detections"] as? Int == 16)
        // The better ones are the same.
        let few = try COCOResults.read(folder("few/detections.json"))
        let many = try COCOResults.read(folder("more/detections.json"))
        #expect(Array(few) == Array(many.prefix(3)) + Array(many[8..<11]))
        let most = try detect(options + ["--max-detections", "100000"], "most")
        #expect(try most.json()["imagesAtLimit"] as? Int == 0 && !most.errors.contains("--max-detections"))
        let fewer = try detect(options + ["--max-detections", "100000", "--overlap", "0.1"], "suppressed")
        #expect(
            try #require(try fewer.json()["detections"] as? Int) < #require(try most.json()["detections"] as? Int))
    }

    /// The scores of validation are those from which objects are drawn, unless a person says otherwise.
    @Test func objectsAreDrawnFromTheScoresOfValidation() throws {
        let excerpt = try ShapesExcerpt("validation", count: 1, to: folder, name: "validation")
        let path = folder("detector.safetensors")
        func run(_ output: String, _ more: String...) throws -> (outcome: Program.Outcome, drawn: Int) {
            let outcome = try detect([excerpt.imageFolder, "--minimum-score", "0.001"] + more, output)
            return (outcome, try outcome.json()["drawn"] as? Int ?? -1)
        }
        try Material.writeDetector(to: path)
        let old = try run("old")
        #expect(old.drawn == 0 && old.outcome.errors.contains("drawn from a score of 0.500"))
        try Material.writeDetector(to: path, thresholds: ScoreThresholds(overall: 0.001, byCategory: ["gear": 0.9]))
        let new = try run("new")
        #expect(new.drawn > 0)
        #expect(new.outcome.errors.contains("0.001, where F1 was highest in the detector's validation (gear 0.900)"))
        let gears = try COCOResults.read(folder("new/detections.json")).count { $0.detection.categoryID == 1 }
        let all = try run("all", "--threshold", "0")
        #expect(gears > 0 && all.drawn == new.drawn + gears)
    }

    // MARK: Files that are there, and a disk that is full

    @Test func aFileThatIsThereIsNotReplaced() throws {
        let excerpt = try ShapesExcerpt("validation", count: 1, to: folder, name: "validation")
        try Material.writeDetector(to: folder("detector.safetensors"))
        try folder.write(folder.bytes(of: "images/" + excerpt.names[0]), to: "mine/d.jpg")
        try folder.write("precious", to: "mine/d.png")
        let refused = try detect([folder("mine/d.jpg")], "mine")
        #expect(refused.status == 1 && refused.errors.contains("\(folder("mine/d.png")) is there already"))
        #expect(try folder.text(of: "mine/d.png") == "precious" && folder.names(in: "mine") == ["d.jpg", "d.png"])
        #expect(try detect([folder("mine/d.jpg"), "--overwrite"], "mine").status == 0)
        #expect(folder.names(in: "mine") == ["d.jpg", "d.png", "detections.json"])
        let again = try detect([folder("mine/d.jpg"), "--no-pictures"], "mine")
        #expect(again.status == 1 && again.errors.contains("detections.json is there already"))
    }

    /// The limit on the size of files stands in for a full disk: pictures are larger than the list of what was found.
    @Test func whatWasFoundOutlivesItsPictures() throws {
        let excerpt = try ShapesExcerpt("validation", count: 3, to: folder, name: "validation")
        try Material.writeDetector(to: folder("detector.safetensors"))
        let words =
            [try Program("needletail").path] + [
                "detect", folder("detector.safetensors"), excerpt.imageFolder, "--output", folder("found"), "--json",
            ]
        let command = words.map { "'\($0)'" }.joined(separator: " ")
        let outcome = try Program(path: "/bin/sh").run(["-c", "ulimit -f 16; exec \(command)"])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("3 pictures could not be written, the first because: "), "\(outcome.errors)")
        #expect(try outcome.json()["images"] as? Int == 3 && outcome.json()["drawn"] as? Int == 0)
        #expect((try outcome.json()["missingPictures"] as? [String])?.count == 3)
        #expect(folder.names(in: "found") == ["detections.json"])
        _ = try COCOResults.read(folder("found/detections.json"))
    }

    /// 255 bytes are the most that a name may have, and the ending of a picture is another.
    @Test func photographsWithLongNames() throws {
        let excerpt = try ShapesExcerpt("validation", count: 1, to: folder, name: "validation")
        try Material.writeDetector(to: folder("detector.safetensors"))
        let stem = String(repeating: "ü", count: 125)
        for ending in [".jpg", "x.jpe", "y.jpe"] {
            try folder.write(folder.bytes(of: "images/" + excerpt.names[0]), to: "long/" + stem + ending)
        }
        let outcome = try detect([folder("long")], "found")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let names = folder.names(in: "found")
        #expect(names.count == 4 && names.allSatisfy { $0.utf8.count <= 255 })
    }

    /// What was found in a part of the photographs does not look like all of it.
    @Test func aStoppedDetectionIsIncomplete() throws {
        let excerpt = try ShapesExcerpt("train", count: 40, to: folder, name: "train")
        try Material.writeDetector(to: folder("detector.safetensors"))
        let running = try Program("needletail").start([
            "detect", folder("detector.safetensors"), excerpt.imageFolder, "--output", folder("found"), "--json",
        ])
        while running.isRunning, !folder.names(in: "found").contains(where: { $0.hasSuffix(".png") }) { usleep(500) }
        running.interrupt()
        let outcome = try running.finish()
        // A machine may be faster than the signal.
        guard outcome.status == 1 else { return }
        let result = try outcome.json()
        #expect(result["wasInterrupted"] as? Bool == true)
        #expect(result["results"] as? String == folder("found/detections.incomplete.json"))
        #expect(!folder.names(in: "found").contains("detections.json"))
        #expect(try #require(result["images"] as? Int) < 40)
    }

    @Test func twoDetectionsIntoOneFolderAreRefused() throws {
        let excerpt = try ShapesExcerpt("train", count: 60, to: folder, name: "train")
        try Material.writeDetector(to: folder("detector.safetensors"))
        let arguments = ["detect", folder("detector.safetensors"), excerpt.imageFolder, "--output", folder("found")]
        let first = try Program("needletail").start(arguments)
        while first.isRunning, !folder.names(in: "found").contains(".needletail.lock") { usleep(500) }
        let second = try Program("needletail").run(arguments + ["--overwrite"])
        if first.isRunning {
            #expect(second.status == 1)
            #expect(
                second.errors.contains("process \(first.identifier) is writing into this folder"), "\(second.errors)")
        }
        #expect(try first.finish().status == 0)
        #expect(!folder.names(in: "found").contains(".needletail.lock"))
    }
}
