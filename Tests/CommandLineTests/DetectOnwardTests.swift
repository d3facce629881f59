import Foundation
import Needletail
import ProgramRunner
import Testing

/// `detect` goes on with what was stopped, takes lists, watches folders, cuts out objects, and uses thresholds of classes.
@Suite struct DetectOnwardTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func words(_ output: String, _ more: [String]) -> [String] {
        ["detect", folder("detector.safetensors")] + more + ["--output", folder(output), "--json"]
    }

    private func detect(_ output: String, _ more: String...) throws -> Program.Outcome {
        try Program("needletail").run(words(output, more))
    }

    /// All files of a folder and those below it.
    private func content(_ name: String) throws -> [String: Data] {
        let root = URL(fileURLWithPath: folder(name))
        let names = try #require(FileManager.default.enumerator(atPath: root.path)).compactMap { $0 as? String }
        return Dictionary(
            uniqueKeysWithValues: try names.compactMap { name in
                var isFolder: ObjCBool = false
                let file = root.appendingPathComponent(name)
                _ = FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder)
                return isFolder.boolValue ? nil : (name, try Data(contentsOf: file))
            })
    }

    /// Killed or interrupted at some moment, and gone on with: the files are those of a detection that was never stopped.
    @Test(arguments: [SIGKILL, SIGINT]) func whatWasStoppedGoesOn(_ signal: Int32) throws {
        let excerpt = try ShapesExcerpt("train", count: 12, to: folder, name: "train")
        try Material.writeDetector(to: folder("detector.safetensors"))
        let options = [
            excerpt.imageFolder, "--minimum-score", "0.009", "--threshold", "0.0095", "--crops", "--to", "coco",
            "--latency",
        ]
        let program = try Program("needletail")
        #expect(try program.run(words("whole", options)).status == 0)
        let expected = try content("whole")
        #expect(expected.keys.contains { $0.hasPrefix("crops/") })

        let running = try program.start(words("found", options))
        while running.isRunning, !folder.names(in: "found").contains(where: { $0.hasSuffix(".png") }) { usleep(200) }
        kill(running.identifier, signal)
        _ = try running.finish()
        // A machine may be faster than the signal.
        guard !folder.names(in: "found").contains("detections.json") else { return }
        let refused = try program.run(words("found", options))
        #expect(
            refused.status == 1 && refused.errors.contains("holds a detection that was stopped"), "\(refused.errors)")
        let other = try program.run(words("found", options + ["--resume", "--overlap", "0.3"]))
        #expect(other.status == 1 && other.errors.contains("--overlap was not given and is 0.3"), "\(other.errors)")

        let resumed = try program.run(words("found", options + ["--resume"]))
        #expect(resumed.status == 0, "\(resumed.errors)")
        let outcome = try resumed.json()
        #expect(outcome["images"] as? Int == 12 && outcome["resumedImages"] as? Int ?? 0 < 12)
        let content = try content("found")
        #expect(content.keys.sorted() == expected.keys.sorted())
        for (name, bytes) in expected { #expect(content[name] == bytes, "\(name)") }

        let again = try program.run(words("found", options + ["--resume"]))
        #expect(again.status == 1 && again.errors.contains("it is finished"), "\(again.errors)")
    }

    @Test func nothingIsThereToGoOnWith() throws {
        let excerpt = try ShapesExcerpt("train", count: 1, to: folder, name: "train")
        try Material.writeDetector(to: folder("detector.safetensors"))
        let outcome = try detect("found", excerpt.imageFolder, "--resume")
        #expect(outcome.status == 1 && outcome.errors.contains("there is no detection to resume"), "\(outcome.errors)")
        // What is there is not replaced.
        try folder.write("mine", to: "found/.detections.journal.part")
        let broken = try detect("found", excerpt.imageFolder, "--resume")
        #expect(broken.status == 1 && broken.errors.contains("is no list of what was found"), "\(broken.errors)")
    }

    /// The list counts for as much as naming the files; a picture that is in the way of none is left alone.
    @Test func photographsOfAList() throws {
        let excerpt = try ShapesExcerpt("train", count: 3, to: folder, name: "train")
        try Material.writeDetector(to: folder("detector.safetensors"))
        let files = excerpt.names.prefix(2).map { folder("images/" + $0) }
        try folder.write(files.joined(separator: "\r\n") + "\n\n", to: "lines.txt")
        try folder.write(files.joined(separator: "\0") + "\0", to: "nuls.txt")
        try folder.write("\n", to: "none.txt")
        func run(_ list: String, _ output: String) throws -> Program.Outcome {
            let words = [try Program("needletail").path] + words(output, ["-", "--minimum-score", "0.001"])
            let command = words.map { "'\($0)'" }.joined(separator: " ") + " < '\(folder(list))'"
            return try Program(path: "/bin/sh").run(["-c", command])
        }
        for list in ["lines", "nuls"] {
            let outcome = try run(list + ".txt", list)
            #expect(try outcome.json()["images"] as? Int == 2, "\(outcome.errors)")
            #expect(folder.names(in: list).count == 3)
        }
        #expect(try folder.bytes(of: "lines/detections.json") == folder.bytes(of: "nuls/detections.json"))
        let none = try run("none.txt", "none")
        #expect(none.status == 1 && none.errors.contains("names no photographs"))
    }

    /// One that arrives in pieces is looked at when it is whole.
    @Test func aWatchedFolder() throws {
        let excerpt = try ShapesExcerpt("train", count: 3, to: folder, name: "train")
        try Material.writeDetector(to: folder("detector.safetensors"))
        try FileManager.default.createDirectory(atPath: folder("in"), withIntermediateDirectories: true)
        let bytes = try excerpt.names.map { try folder.bytes(of: "images/" + $0) }
        try folder.write(bytes[0], to: "in/a.jpg")
        try folder.write("no picture", to: "in/broken.jpg")
        let running = try Program("needletail").start(words("in/found", [folder("in"), "--watch", "--recursive"]))
        func wait(for name: String) {
            let end = Date().addingTimeInterval(60)
            while running.isRunning, !folder.names(in: "in/found").contains(name), Date() < end { usleep(20_000) }
        }
        wait(for: "a.png")
        try folder.write(bytes[1].prefix(bytes[1].count / 2), to: "in/b.jpg")
        usleep(300_000)
        try folder.write(bytes[1], to: "in/b.jpg")
        try folder.write(bytes[2], to: "in/sub/c.jpg")
        wait(for: "b.png")
        wait(for: "sub_c.png")
        running.interrupt()
        let outcome = try running.finish()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try outcome.json()["images"] as? Int == 3)
        #expect((try outcome.json()["failedImages"] as? [String])?.map { $0.hasSuffix("in/broken.jpg") } == [true])
        #expect(folder.names(in: "in/found") == ["a.png", "b.png", "detections.json", "sub_c.png"])
    }

    @Test func objectsAreCutOut() throws {
        let excerpt = try ShapesExcerpt("validation", count: 1, to: folder, name: "validation")
        let names = ["../up", "a/b", "a_b", "d", "e", "f"]
        try Material.writeDetector(to: folder("detector.safetensors"), names: names)
        let outcome = try detect(
            "found", excerpt.imageFolder, "--crops", "--threshold", "0", "--minimum-score", "0.009", "--max-detections",
            "20",
            "--no-pictures")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let cuts = try content("found").keys.filter { $0.hasPrefix("crops/") }.sorted()
        #expect(try outcome.json()["crops"] as? Int == cuts.count && cuts.count > 0)
        let stem = excerpt.names[0].replacing(".jpg", with: "")
        let classes = ["___up", "a_b", "a_b-2", "d", "e", "f"]
        #expect(Set(cuts.map { String($0.split(separator: "/")[1]) }).isSubset(of: classes))
        let results = try COCOResults.read(folder("found/detections.json"))
        for (number, entry) in results.enumerated() {
            let row = try #require(Material.categories.firstIndex { $0.id == entry.detection.categoryID })
            let path = folder("found/crops/\(classes[row])/\(stem)-\(number + 1).png")
            guard cuts.contains(where: { path.hasSuffix($0) }) else { continue }
            let box = entry.detection.box, image = try Image(contentsOf: path)
            let photograph = try Image(contentsOf: folder("images/" + excerpt.names[0]))
            let left = max(Int(box.x.rounded(.down)), 0), right = min(Int(box.x2.rounded(.up)), photograph.width)
            #expect(image.width == right - left, "\(path)")
        }
        let wide = try detect(
            "wide", excerpt.imageFolder, "--crops", "--crop-margin", "10", "--threshold", "0", "--minimum-score",
            "0.009",
            "--max-detections", "1", "--picture-format", "jpeg")
        #expect(wide.status == 0)
        let cut = try #require(try content("wide").keys.first { $0.hasPrefix("crops/") })
        #expect(cut.hasSuffix("-1.jpg"))
        // Ten times its size on every side is most of the photograph.
        #expect(try Image(contentsOf: folder("wide/" + cut)).width > 100)
    }

    /// Large pictures are whole fractions of their photographs; those to be looked at are bounded unless told otherwise.
    @Test func sizesOfPictures() throws {
        try Material.writeDetector(to: folder("detector.safetensors"))
        try FileManager.default.createDirectory(atPath: folder("wide"), withIntermediateDirectories: true)
        try Image(width: 2600, height: 40, filledWith: .white).writeJPEG(to: folder("wide/a.jpg"))
        for (options, name, width) in [
            (["--picture-format", "jpeg"], "a.jpg", 1300), (["--picture-size", "900"], "a.png", 866),
            ([], "a.png", 2600),
            (["--picture-format", "jpeg", "--picture-size", "2600"], "a.jpg", 2600),
        ] as [([String], String, Int)] {
            let outcome = try Program("needletail").run(words("sized", [folder("wide"), "--overwrite"] + options))
            #expect(outcome.status == 0, "\(outcome.errors)")
            let picture = try Image(contentsOf: folder("sized/\(name)"))
            #expect((picture.width, picture.height) == (width, 40 * width / 2600))
        }
    }

    /// What `evaluate` finds best becomes what `detect` draws from.
    @Test func thresholdsOfClasses() throws {
        let excerpt = try ShapesExcerpt("validation", count: 30, to: folder, name: "validation")
        let path = folder("detector.safetensors")
        try Material.writeDetector(to: path)
        let dataset = try Dataset.read(excerpt.annotations)
        var writer = try COCOResultsWriter(path: folder("found.json"))
        for annotation in dataset.annotations {
            let number = dataset.categories[annotation.category].number
            // All are right; of gears the least certain one has .3, of the others .6.
            for (score, dx) in [(number == 1 ? 0.3 : 0.6, 0.0), (0.2, 5000.0)] {
                var box = annotation.box
                box.x += dx
                try writer.append(
                    .init(
                        imageID: dataset.images[annotation.image].id,
                        detection: Detection(box: box, score: score, categoryID: number)))
            }
        }
        try writer.finish()
        let outcome = try needletail(
            "evaluate", excerpt.annotations, folder("found.json"), "--write-thresholds", path)
        #expect(outcome.status == 0 && outcome.errors.contains("kept from a score of 0.300"), "\(outcome.errors)")
        let detector = try DenseDetector(contentsOf: path)
        let thresholds = try #require(detector.scoreThresholds)
        #expect(thresholds.overall == 0.3 && thresholds.byCategory["gear"] ?? 0.3 == 0.3)
        #expect(thresholds.byCategory.filter { $0.key != "gear" }.allSatisfy { $0.value == 0.6 })
        #expect(!thresholds.byCategory.isEmpty)
        let summary = try needletail("summary", path)
        #expect(summary.output.contains("detections are kept from a score of 0.300 ("), "\(summary.output)")
        let drawn = try detect("found", excerpt.imageFolder, "--no-pictures", "--crops")
        #expect(drawn.errors.contains("0.300, where F1 was highest in the detector's validation"), "\(drawn.errors)")
        // Where nothing is right no score is best, and the file stays.
        var wrong = try COCOResultsWriter(path: folder("none.json"))
        try wrong.append(
            .init(
                imageID: dataset.images[0].id,
                detection: Detection(box: Box(x: 9000, y: 0, width: 9, height: 9), score: 0.5, categoryID: 1)))
        try wrong.finish()
        let written = try Data(contentsOf: URL(fileURLWithPath: path))
        let none = try needletail("evaluate", excerpt.annotations, folder("none.json"), "--write-thresholds", path)
        #expect(none.status == 1 && none.errors.contains("no detection is right"), "\(none.errors)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == written)
    }
}
