import Foundation
import Needletail
import ProgramRunner
import Testing

/// Bad input ends a verb at once with status 1 and a message that names the file and the remedy.
@Suite struct BadInputTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func expectFailure(
        _ outcome: Program.Outcome, saying parts: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(outcome.status == 1, sourceLocation: sourceLocation)
        #expect(outcome.output == "", sourceLocation: sourceLocation)
        let message = outcome.errors.split(separator: "\n").first { $0.hasPrefix("error: ") } ?? ""
        #expect(message != "", "\(outcome.errors)", sourceLocation: sourceLocation)
        for part in parts {
            #expect(outcome.errors.contains(part), "\(outcome.errors)", sourceLocation: sourceLocation)
        }
    }

    // MARK: Annotations

    @Test func policiesThatAreNone() throws {
        let excerpt = try ShapesExcerpt("train", count: 1, to: folder, name: "train")
        let file = try folder.write("flip-horizontal\nspin p=0.5\n", to: "policy.txt")
        func augment(_ more: String...) throws -> Program.Outcome {
            try Program("needletail").run(["augment", excerpt.annotations, folder("sheet.png")] + more)
        }
        expectFailure(try augment("--policy", "mild"), saying: "mild: there is no such policy", "none, flip, light")
        expectFailure(try augment("--policy", file), saying: "\(file): line 2: 'spin p=0.5'", "flip-horizontal")
        expectFailure(
            try needletail(
                "train", excerpt.annotations, "--output", folder("run"), "--augment", file), saying: "line 2")
        let log = try folder.write("{\"epoch\":1,\"image\":\"x\",\"recipe\":\"grey\"}\n", to: "log.jsonl")
        expectFailure(try augment("--replay", log), saying: "there is no image x")
        expectFailure(try augment("--replay", file), saying: "no line of a log of augmentation")
        expectFailure(
            try needletail("augment", excerpt.annotations, excerpt.annotations), saying: "Give another name")
        #expect(!folder.names().contains("sheet.png") && !folder.names().contains("run"))
    }

    @Test func argumentsOfEvaluateInTheOtherOrder() throws {
        let excerpt = try ShapesExcerpt("validation", count: 1, to: folder, name: "validation")
        try Material.writeDetections(1, of: excerpt, to: folder("found.json"))
        expectFailure(
            try needletail("evaluate", folder("found.json"), excerpt.annotations), saying: "the arguments are swapped",
            "needletail evaluate \(excerpt.annotations) \(folder("found.json"))")
    }

    @Test func annotationsThatAreNotJSON() throws {
        let file = try folder.write("not json", to: "bad.json")
        expectFailure(try needletail("convert", file, folder("out.json")), saying: "\(file):1", "COCO dataset")
        #expect(folder.names() == ["bad.json"])
    }

    @Test func annotationsThatEndEarly() throws {
        let excerpt = try ShapesExcerpt("train", count: 1, to: folder, name: "train")
        let file = folder("half.json")
        try Material.writeTruncated(excerpt.annotations, to: file)
        expectFailure(try needletail("convert", file, folder("out.json")), saying: "\(file):1")
        #expect(!folder.names().contains("out.json"))
    }

    @Test func annotationsThatAreNotCOCO() throws {
        let file = try folder.write(#"{"annotations": []}"#, to: "labels.json")
        expectFailure(try needletail("train", file, "--output", folder("run")), saying: file, "no list of images")
        #expect(folder.names() == ["labels.json"])
    }

    @Test func annotationOfAnUnknownCategory() throws {
        let excerpt = try ShapesExcerpt("train", count: 1, to: folder, name: "train")
        let text = try folder.text(of: "train.json")
        try folder.write(text.replacing(/"category_id":[0-9]+/, with: #""category_id":99"#), to: "train.json")
        expectFailure(
            try needletail("train", excerpt.annotations, "--output", folder("run")), saying: excerpt.annotations,
            "annotations[", "category_id 99", "Add it to categories")
    }

    @Test func validationCategoryThatIsNotTrained() throws {
        let training = try ShapesExcerpt("train", count: 1, to: folder, name: "train")
        let validation = try ShapesExcerpt("validation", count: 1, to: folder, name: "validation")
        try folder.write(
            try folder.text(of: "validation.json").replacing(#""gear""#, with: #""cog""#), to: "validation.json")
        expectFailure(
            try needletail(
                "train", training.annotations, "--validation", validation.annotations, "--model",
                "retinanet-resnet10-quarter", "--output", folder("run")),
            saying: validation.annotations, "'cog'", "gear, flower")
    }

    @Test func resultsOfAnotherSplit() throws {
        let first = try ShapesExcerpt("train", count: 1, to: folder, name: "train")
        let second = try ShapesExcerpt("validation", count: 1, to: folder, name: "validation")
        try Material.writeDetections(3, of: first, to: folder("found.json"))
        expectFailure(
            try needletail("evaluate", second.annotations, folder("found.json")), saying: folder("found.json"),
            "dataset and split")
    }

    // MARK: Images

    @Test func imageFolderThatIsNotThere() throws {
        let excerpt = try ShapesExcerpt("train", count: 1, to: folder, name: "train")
        expectFailure(
            try needletail("train", excerpt.annotations, "--images", folder("lost"), "--output", folder("run")),
            saying: folder("lost"), "no such folder")
        expectFailure(
            try needletail("detect", try detector(), folder("lost"), "--output", folder("found")),
            saying: folder("lost"), "no such file or folder")
    }

    @Test func imageFolderWithoutTheImages() throws {
        let excerpt = try ShapesExcerpt("train", count: 2, to: folder, name: "train")
        try folder.write("", to: "empty/.keep")
        expectFailure(
            try needletail(
                "train", excerpt.annotations, "--images", folder("empty"), "--model", "retinanet-resnet10-quarter",
                "--output", folder("run")),
            saying: folder("empty/\(excerpt.names[0])"), "none of the dataset's 2 images", "--images")
        expectFailure(
            try needletail("detect", try detector(), folder("empty"), "--output", folder("found")),
            saying: folder("empty"), "no picture in this folder")
    }

    // MARK: Weights

    private func detector() throws -> String {
        let path = folder("detector.safetensors")
        try Material.writeDetector(to: path)
        return path
    }

    @Test func weightsOfAnotherArchitecture() throws {
        let excerpt = try ShapesExcerpt("train", count: 1, to: folder, name: "train")
        let outcome = try needletail(
            "train", excerpt.annotations, "--weights", try detector(), "--model", "retinanet-resnet18", "--output",
            folder("run"))
        expectFailure(
            outcome, saying: folder("detector.safetensors"), "do not fit",
            "backbone.body.layer1.1.conv1.weight [64, 64, 3, 3]")
        #expect(!folder.names().contains("run"))
    }

    @Test func weightsThatEndEarly() throws {
        let source = ShapesExcerpt.package + "/Tests/CheckpointsTests/Fixtures/training.pth"
        try Material.writeTruncated(source, to: folder("cut.pth"))
        expectFailure(
            try needletail("weights", "show", folder("cut.pth")), saying: folder("cut.pth"), "incomplete", "again")
        try Material.writeTruncated(try detector(), to: folder("cut.safetensors"))
        expectFailure(
            try needletail("weights", "show", folder("cut.safetensors")), saying: folder("cut.safetensors"))
    }

    @Test func weightsThatAreNoDetector() throws {
        let excerpt = try ShapesExcerpt("train", count: 1, to: folder, name: "train")
        expectFailure(
            try needletail("detect", excerpt.annotations, excerpt.imageFolder, "--output", folder("found")),
            saying: excerpt.annotations, "not a weight file")
        let classifier = ShapesExcerpt.package + "/Tests/CheckpointsTests/Fixtures/training.pth"
        expectFailure(
            try needletail("detect", classifier, excerpt.imageFolder, "--output", folder("found")),
            saying: classifier, "no detector", "needletail train --weights")
        #expect(!folder.names().contains("found"))
    }

    // MARK: Output

    /// Not even the superuser can make a folder below a file.
    @Test func outputFolderThatCannotBeMade() throws {
        let excerpt = try ShapesExcerpt("train", count: 1, to: folder, name: "train")
        let impossible = excerpt.annotations + "/out"
        for verb in [["draw", excerpt.annotations], ["detect", try detector(), excerpt.imageFolder]] {
            let outcome = try Program("needletail").run(verb + ["--output", impossible])
            expectFailure(outcome, saying: impossible, "cannot be made")
        }
        expectFailure(
            try needletail("convert", excerpt.annotations, impossible + "/a.json"), saying: impossible)
        expectFailure(
            try needletail(
                "train", excerpt.annotations, "--model", "retinanet-resnet10-quarter", "--output", impossible),
            saying: impossible, "cannot be made")
    }

    @Test func outputFolderThatIsAnInput() throws {
        let excerpt = try ShapesExcerpt("train", count: 1, to: folder, name: "train")
        for output in [excerpt.imageFolder, excerpt.imageFolder + "/", folder("./images/../images")] {
            expectFailure(
                try needletail("detect", try detector(), excerpt.imageFolder, "--output", output),
                saying: output, "also the input folder")
            expectFailure(
                try needletail("draw", excerpt.annotations, "--output", output), saying: "also the input folder")
        }
        #expect(folder.names(in: "images") == excerpt.names)
    }

    @Test func photographThatWouldBeWrittenOver() throws {
        let photograph = Image(width: 64, height: 64, format: .rgb, bytes: .init(repeating: 90, count: 64 * 64 * 3))
        try folder.write(Data(try photograph.pngBytes()), to: "photos/cell.png")
        let before = try folder.bytes(of: "photos/cell.png")
        expectFailure(
            try needletail(
                "detect", try detector(), folder("photos/cell.png"), "--minimum-score", "0.001", "--threshold", "0",
                "--output", folder("photos")),
            saying: folder("photos/cell.png"), "written over")
        #expect(try folder.bytes(of: "photos/cell.png") == before)
    }

    @Test func annotationsThatWouldBeWrittenOver() throws {
        let excerpt = try ShapesExcerpt("train", count: 1, to: folder, name: "train")
        let before = try folder.bytes(of: "train.json")
        for destination in [excerpt.annotations, folder("./train.json"), folder("images/../train.json")] {
            expectFailure(try needletail("convert", excerpt.annotations, destination), saying: "one file")
        }
        #expect(try folder.bytes(of: "train.json") == before)
    }

    // MARK: Usage

    @Test(arguments: [
        ["fly"], ["train"], ["train", "a.json", "--output", "b", "--bogus"],
        ["train", "a.json", "--output", "b", "--size", "5"], ["train", "a.json", "--output", "b", "--model", "yes"],
        ["detect", "a", "b", "--output", "c", "--threshold", "2"], ["draw", "a", "--output", "b", "--limit", "0"],
        ["train", "a.json", "--output", "b", "--flip", "0.5", "--augment", "light"],
        ["augment", "a.json", "b.png", "--count", "0"], ["evaluate", "a.json"], ["weights", "fetch", "nothing"],
        ["detect", "a", "b", "--output", "c", "--threads", "0"],
    ])
    func wrongUsage(_ arguments: [String]) throws {
        let outcome = try Program("needletail").run(arguments, in: folder.path)
        #expect(outcome.status == 2)
        #expect(outcome.output == "")
        #expect(outcome.errors.contains("Usage: needletail"), "\(outcome.errors)")
        #expect(folder.names() == [])
    }
}
