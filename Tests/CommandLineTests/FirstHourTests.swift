import Foundation
import Needletail
import ProgramRunner
import Testing

/// What somebody meets who has read no page of help yet.
@Suite struct FirstHourTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ words: String...) throws -> Program.Outcome {
        try Program("needletail").run(words, in: folder.path)
    }

    @Test(arguments: [
        ("trian", "train"), ("classify tarin", "train"), ("weights fecth x", "fetch"),
        ("convert a b --to yoloo", "yolo"),
        ("detect a b --picture-format pgn", "png"), ("train a --preset Fats", "fast"),
        ("train a --model yolox-nan", "yolox-nano"),
        ("train a --weights yolox-nan-coco", "yolox-nano-coco"), ("weights fetch yolox-nan-coco", "yolox-nano-coco"),
        ("data fetch bcdd", "bccd"), ("summary resnet81", "resnet18"), ("detect a b --ouput c", "--output"),
        ("classify train . --model resnet81", "resnet18"), ("augment a b --policy lihgt", "light"),
    ])
    func whatIsProbablyMeantIsSaid(_ line: String, _ meant: String) throws {
        let outcome = try Program("needletail").run(line.split(separator: " ").map(String.init), in: folder.path)
        #expect(outcome.status != 0 && outcome.output == "")
        #expect(outcome.errors.contains("Did you mean '\(meant)'?"), "\(outcome.errors)")
    }

    @Test func nothingIsGuessedWhereNothingIsNear() throws {
        for line in ["quux", "convert a b --to jpeg2000", "train a --model something"] {
            let outcome = try Program("needletail").run(line.split(separator: " ").map(String.init), in: folder.path)
            #expect(outcome.status == 2 && !outcome.errors.contains("Did you mean"), "\(outcome.errors)")
        }
    }

    @Test func versionAndPages() throws {
        #expect(try run("-V").output == run("--version").output)
        let page = try run("manual").output
        #expect(page.hasPrefix(".TH NEEDLETAIL 1"))
        for verb in ["needletail train", "needletail classify predict", "needletail weights fetch"] {
            #expect(page.contains("\n.SH \(verb)\n"))
        }
        // What troff would take for a request of its own is no text.
        #expect(!page.split(separator: "\n").contains { $0.hasPrefix("'") })
        for shell in ["bash", "zsh", "fish"] {
            #expect(try run("--generate-completion-script", shell).output.contains("picture-format"))
        }
    }

    /// Without `--output` results go into a new folder each time; the folder of a run stands for its detector, and that of
    /// results for them; images are those of the dataset.
    @Test func foldersThatNobodyNames() throws {
        let excerpt = try ShapesExcerpt("validation", count: 2, to: folder, name: "validation")
        try FileManager.default.createDirectory(atPath: folder("mine"), withIntermediateDirectories: true)
        try Material.writeDetector(to: folder("mine/last.safetensors"))
        let options = ["--annotations", "validation.json", "--minimum-score", "0.001", "--no-pictures"]
        func detect(_ more: String...) throws -> Program.Outcome {
            try Program("needletail").run(["detect", "mine"] + more + options, in: folder.path)
        }
        let first = try detect()
        #expect(first.status == 0 && first.errors.contains("the results go into runs/detect;"), "\(first.errors)")
        let second = try detect("images")
        #expect(second.status == 0 && second.errors.contains("runs/detect-2;"), "\(second.errors)")
        #expect(
            try folder.bytes(of: "runs/detect/detections.json") == folder.bytes(of: "runs/detect-2/detections.json"))
        let evaluation = try run("evaluate", "validation.json", "runs/detect", "--json")
        #expect((try evaluation.json()["stats"] as? [Double])?.count == 12, "\(evaluation.errors)")

        // The best is preferred; what is none is named.
        try folder.write("no detector", to: "mine/best.safetensors")
        let broken = try detect()
        #expect(broken.status == 1 && broken.errors.contains("mine/best.safetensors: "), "\(broken.errors)")
        let none = try run("detect", "images", "images")
        #expect(none.status == 1 && none.errors.contains("images: this folder holds neither best.safetensors"))
        let nothing = try run("detect", "mine")
        #expect(nothing.status == 2 && nothing.errors.contains("with --annotations"))

        for name in excerpt.names { try FileManager.default.removeItem(atPath: folder("images/" + name)) }
        try Material.writeDetector(to: folder("mine/best.safetensors"))
        let empty = try detect()
        #expect(empty.status == 1 && empty.errors.contains("none of its 2 images is there"), "\(empty.errors)")
    }

    @Test func runsThatNobodyNames() throws {
        let training = try ShapesExcerpt("train", count: 4, to: folder, name: "train")
        let words = [
            "train", training.annotations, "--model", "retinanet-resnet10-quarter", "--size", "64", "--batch", "2",
            "--epochs", "1", "--no-check",
        ]
        let program = try Program("needletail")
        #expect(try program.run(words, in: folder.path).status == 0)
        #expect(try program.run(words, in: folder.path).errors.contains("runs/train-2;"))
        #expect(folder.names(in: "runs") == ["train", "train-2"])
        let resumed = try program.run(words + ["--resume"], in: folder.path)
        #expect(resumed.errors.contains("resumed is runs/train-2;") && resumed.errors.contains("is finished"))
        let started = try program.run(words + ["--weights", "runs/train"], in: folder.path)
        #expect(started.status == 0 && started.errors.contains("runs/train/best.safetensors"), "\(started.errors)")
    }

    @Test func publishedWeightsByName() throws {
        let excerpt = try ShapesExcerpt("train", count: 1, to: folder, name: "train")
        func train(_ weights: String) throws -> String {
            try run("train", excerpt.annotations, "--weights", weights, "--output", "run").errors
        }
        let command = "needletail weights fetch yolox-nano-coco --output weights"
        #expect(try train("yolox-nano-coco").contains("Fetch them: " + command))
        #expect(try train("weights/yolox_nano.pth").contains("fetch them: " + command))
        try folder.write("nothing that is known", to: "weights/yolox_nano.pth")
        #expect(try train("yolox-nano-coco").contains("weights/yolox_nano.pth: "))
    }

    /// What is carried on as annotations has the numbers of the dataset, whose names the detector's classes have.
    @Test func annotationsHaveTheIdsOfTheDataset() throws {
        let excerpt = try ShapesExcerpt("validation", count: 2, to: folder, name: "validation")
        var content = try #require(
            try JSONSerialization.jsonObject(with: folder.bytes(of: "validation.json")) as? [String: Any])
        for (list, key) in [("categories", "id"), ("annotations", "category_id")] {
            content[list] = (content[list] as? [[String: Any]])?.map { record in
                record[key] as? Int == 13 ? record.merging([key: 77]) { $1 } : record
            }
        }
        try folder.write(JSONSerialization.data(withJSONObject: content), to: "other.json")
        let dataset = try Dataset.read(folder("other.json"))
        #expect(dataset.categories.map(\.number).contains(77))
        try Material.writeDetector(to: folder("detector.safetensors"))
        let outcome = try run(
            "detect", "detector.safetensors", excerpt.imageFolder, "--annotations", "other.json", "--threshold",
            "0.001",
            "--minimum-score", "0.001", "--to", "coco", "--output", "found", "--no-pictures")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let found = try Dataset.read(folder("found/annotations.json"))
        #expect(found.categories.map(\.number) == dataset.categories.map(\.number))
        #expect(found.images.map(\.id) == dataset.images.map(\.id))
        let numbers = Set(found.annotations.map { found.categories[$0.category].number })
        #expect(numbers.contains(77) && !numbers.contains(13))
    }
}
