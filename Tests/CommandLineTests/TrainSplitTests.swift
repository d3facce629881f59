import Foundation
import Needletail
import ProgramRunner
import Testing

/// A dataset with splits is trained on its own train, measured on its own val, and never looked at in its test.
@Suite struct TrainSplitTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func train(_ dataset: String, _ output: String, _ more: String...) throws -> Program.Outcome {
        try Program("needletail").run(
            [
                "train", dataset, "--model", "retinanet-resnet10-quarter", "--channels", "32", "--head-depth", "1",
                "--size", "64", "--batch", "2", "--epochs", "1", "--keep-empty", "--output", folder(output),
            ] + more)
    }

    /// Ten images: five, three and two.
    private func dataset(_ format: String) throws -> String {
        let excerpt = try ShapesExcerpt("train", count: 10, to: folder, name: "all")
        let outcome = try needletail(
            "split", excerpt.annotations, folder(format), "--to", format, "--parts", "train=0.5,val=0.3,test=0.2",
            "--no-pixels", "--no-stratify", "--copy-images")
        try #require(outcome.status == 0, "\(outcome.errors)")
        return folder(format)
    }

    @Test(arguments: ["yolo", "voc"]) func itsOwnSplitsAreUsed(_ format: String) throws {
        let path = try dataset(format)
        let outcome = try train(path, "run")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.errors.contains(
                "trained on: \(path) (train), 5 images; measured on: \(path) (val), 3 images; not looked at: test (2)"),
            "\(outcome.errors)")
        #expect(outcome.errors.contains("on 5 images with"))
        let both = try train(path, "both", "--split", "train,val", "--validation-split", "test")
        #expect(
            both.errors.contains(
                "trained on: \(path) (train, val), 8 images; measured on: \(path) (test), 2 images"), "\(both.errors)")
        let none = try train(path, "none", "--split", "night")
        #expect(none.status == 1 && none.errors.contains("night"))
    }

    /// A list that images do not name is read all the same, and a part of a dataset names no other.
    @Test func oneFileIsOneDataset() throws {
        let path = try dataset("voc")
        #expect(try needletail("convert", path, folder("all2.json")).status == 0)
        #expect(try needletail("split", folder("all2.json"), folder("parts"), "--no-pixels").status == 0)
        let images = try Dataset.read(folder("parts/train.json")).images.count
        let outcome = try train(folder("parts/train.json"), "run", "--images", path + "/JPEGImages")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("on \(images) images with") && !outcome.errors.contains("not looked at"))
    }

    /// The detector has the scores of its validation where something was found, and no file is named that is not there.
    @Test func aDatasetWithoutObjectsMeasuresNothing() throws {
        let training = try ShapesExcerpt("train", count: 3, to: folder, name: "train")
        let validation = try ShapesExcerpt("validation", count: 1, to: folder, name: "validation")
        var content = try #require(
            try JSONSerialization.jsonObject(with: folder.bytes(of: "validation.json")) as? [String: Any])
        content["annotations"] = [Any]()
        try folder.write(try JSONSerialization.data(withJSONObject: content), to: "validation.json")
        let outcome = try train(training.annotations, "run", "--validation", validation.annotations, "--json")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("nothing to measure on"))
        for key in ["best", "last"] {
            let path = try #require(try outcome.json()[key] as? String)
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }
}
