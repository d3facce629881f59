import Foundation
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailSystem
import ProgramRunner
import Testing

/// Images that are not quite where the annotations say.
@Suite struct ImagePlaceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    struct Place: CustomTestStringConvertible, Sendable {
        var name: String
        var file: String
        var annotations = "l.json"
        var testDescription: String { "\(name) of \(annotations) is \(file)" }
    }

    @Test(arguments: [
        Place(name: "images\\a.png", file: "images/a.png"),
        Place(name: "images/a%20b.png", file: "images/a b.png"),
        Place(name: "a%20b.png", file: "a%20b.png"),
        Place(name: #"C:\Users\me\data\a.png"#, file: "images/a.png"),
        Place(name: #"\\server\share\images\a.png"#, file: "images/a.png"),
        Place(name: "file:///C:/data/a.png", file: "images/a.png"),
        Place(name: "/home/me/train/a.png", file: "images/train/a.png"),
        Place(name: "https://host/bucket/a%20b.png?key=1", file: "images/a b.png"),
        Place(name: "/data/local-files/?d=cats/a.png", file: "cats/a.png"),
        Place(name: "/data/upload/3/3f2a1b9c-a.png", file: "images/a.png"),
        Place(name: "cats/a.png", file: "images/a.png"),
        Place(name: "a.png", file: "images/a.png"),
        Place(name: "a.png", file: "data/a.png"),
        Place(name: "a.png", file: "JPEGImages/a.png"),
        Place(name: "a.png", file: "photographs/a.png"),
        Place(name: "a.png", file: "IMAGES/a.PNG"),
        Place(name: "A.jpg", file: "images/a.JPEG"),
        Place(name: "../pictures/a.png", file: "pictures/a.png", annotations: "labels/l.json"),
        Place(name: "a.png", file: "images/Train/a.png", annotations: "annotations/instances_Train.json"),
        Place(name: "a.png", file: "train2017/a.png", annotations: "annotations/instances_train2017.json"),
        Place(name: "a.png", file: "valid/a.png", annotations: "val.json"),
        Place(name: "a.png", file: "day/a.png", annotations: "day.json"),
        Place(name: "a.png", file: "images/train/a.png", annotations: "annotations/train/l.json"),
        // Composed in the annotations, decomposed on the disk.
        Place(name: "caf\u{E9}.png", file: "images/cafe\u{301}.png"),
    ]) func found(_ place: Place) throws {
        try folder.writeImage(place.file)
        let dataset = try Dataset.read(try folder.writeCOCO([place.name], to: place.annotations))
        let path = dataset.imagePath(ofImage: 0)
        #expect(URL(fileURLWithPath: path).standardizedFileURL.path == folder(place.file))
        #expect(dataset.absence(ofImage: 0) == nil)
        #expect(dataset.images[0].fileName == place.name, "the annotations stay as they are")
    }

    /// Files that fit equally well, files of other splits, and files of which something else than the front differs.
    @Test(arguments: [
        ("a.png", ["images/train/a.png", "images/val/a.png"], "l.json", "several files"),
        ("cats/a.png", ["dogs/a.png"], "l.json", "looked for in"),
        ("train/a.png", ["images/val/a.png"], "l.json", "looked for in"),
        ("a.png", ["images/val/a.png"], "annotations/instances_train.json", "looked for in"),
        ("a.png", ["one/a.png", "two/a.png"], "l.json", "several files"),
        ("a.png", ["masks/deep/a.png"], "l.json", "looked for in"),
    ]) func notFound(_ name: String, _ files: [String], _ annotations: String, _ reason: String) throws {
        for file in files { try folder.writeImage(file) }
        let dataset = try Dataset.read(try folder.writeCOCO([name], to: annotations))
        #expect(dataset.absence(ofImage: 0)?.contains(reason) == true, "\(dataset.absence(ofImage: 0) ?? "found")")
        #expect(dataset.imagePath(ofImage: 0).hasSuffix(name))
    }

    /// What is left off names must not make two images one.
    @Test func oneFileIsNotTwoImages() throws {
        try folder.writeImage("images/a.png")
        let dataset = try Dataset.read(try folder.writeCOCO(["train/a.png", "val/a.png"], to: "l.json"))
        #expect(dataset.absence(ofImage: 0)?.contains("val/a.png") == true)
        #expect(dataset.absence(ofImage: 1)?.contains("train/a.png") == true)
        // The name that says it has it.
        let other = try Dataset.read(try folder.writeCOCO(["images/a.png", "/home/me/a.png"], to: "m.json"))
        #expect(other.absence(ofImage: 0) == nil && other.absence(ofImage: 1)?.contains("images/a.png") == true)
    }

    @Test func theGivenFolderIsTheOnlyOne() throws {
        try folder.writeImage("images/a.png")
        try folder.writeImage("given/deep/a.png")
        try folder.writeImage("empty/b.png")
        let path = try folder.writeCOCO(["x/a.png"], to: "l.json")
        #expect(try Dataset.read(path, images: folder("given")).absence(ofImage: 0) != nil, "deep is not x")
        let plain = try folder.writeCOCO(["a.png"], to: "m.json")
        #expect(try Dataset.read(plain, images: folder("given")).imagePath(ofImage: 0) == folder("given/deep/a.png"))
        #expect(try Dataset.read(plain, images: folder("empty")).absence(ofImage: 0) != nil)
    }

    @Test func editingKeepsThePlaces() throws {
        try folder.writeImage("images/a.png")
        var dataset = try Dataset.read(try folder.writeCOCO(["x\\a.png", "images\\a.png"], to: "l.json"))
        dataset = dataset.selecting(images: [1])
        #expect(dataset.imagePath(ofImage: 0) == folder("images/a.png"))
        // Another image folder is the end of what was found.
        dataset.imageFolder = "/nowhere"
        #expect(dataset.imagePath(ofImage: 0) == "/nowhere/images\\a.png")
    }

    @Test func copiesAreOfWhatWasFound() throws {
        try folder.writeImage("images/a.png")
        var options = WritingOptions()
        options.images = .copy
        try Dataset.read(try folder.writeCOCO(["images\\a.png"], to: "l.json"))
            .write(to: folder("y"), format: .yolo, options: options)
        #expect(folder.names(in: "y/images/train/images") == ["a.png"])
        let missing = try Dataset.read(try folder.writeCOCO(["b.png"], to: "m.json"))
        let error = caught(FileError.self) { try missing.write(to: folder("z"), format: .yolo, options: options) }
        #expect(error?.problem.contains("looked for in") == true)
        #expect(!FileManager.default.fileExists(atPath: folder("z")))
    }

    // MARK: Sizes

    @Test func sizesComeFromTheImages() throws {
        try folder.writeImage("images/a.png", width: 100, height: 80)
        let coco = try Dataset.read(try folder.writeCOCO(["a.png"], to: "l.json", hasSizes: false))
        #expect(coco.images[0].width == 100 && coco.images[0].height == 80)
        #expect(coco.issueCounts == [.unknownImageSize: 1], "the annotations lack it all the same")
        try coco.write(to: folder("y"), format: .yolo)
        // Centre (25, 40), size 30 x 40.
        #expect(try folder.text(of: "y/labels/train/a.txt") == "0 0.25 0.5 0.3 0.5\n")

        try folder.write(
            "<annotation><object><name>cat</name><bndbox><xmin>11</xmin><ymin>21</ymin><xmax>140</xmax><ymax>60</ymax>"
                + "</bndbox></object></annotation>", to: "images/a.xml")
        let voc = try Dataset.read(folder("images"))
        #expect(voc.images[0].fileName == "a.png" && voc.images[0].width == 100)
        #expect(voc.issueCounts == [.unknownImageSize: 1, .partlyOutsideImage: 1])
    }

    @Test func withoutTheImageTheSizeIsAskedFor() throws {
        let dataset = try Dataset.read(try folder.writeCOCO(["a.png"], to: "l.json", hasSizes: false))
        let error = caught { try dataset.write(to: folder("y"), format: .yolo) }
        #expect(error?.problem.contains("not known") == true && error?.problem.contains("looked for in") == true)
    }
}

/// Images that alone tell their size, and are damaged.
@Suite struct DamagedSizeTests {
    @Test func damagedFilesAreNamed() throws {
        let folder = try TemporaryFolder()
        try folder.writeImage("whole.png")
        try folder.write("no picture", to: "damaged.png")
        try folder.write(
            Data(try folder.bytes(of: "whole.png").prefix(20)), to: "cut.png")
        try folder.write(
            ["whole", "damaged", "cut", "gone"].map { "\($0).png,1,2,30,40,cat\n" }.joined(), to: "boxes.csv")
        let dataset = try Dataset.read(folder("boxes.csv"), format: .retinanet)
        #expect(dataset.images[0].width == 100 && dataset.images[0].height == 80)
        func names(_ kind: DatasetIssue.Kind) -> [String] {
            dataset.issues.filter { $0.kind == kind }.map { "\($0)" }
        }
        let corrupt = names(.corruptFile), truncated = names(.truncatedFile)
        #expect(
            corrupt.count == 1 && corrupt[0].contains("damaged.png") && corrupt[0].contains("not a picture"),
            "\(corrupt)")
        #expect(
            truncated.count == 1 && truncated[0].contains("cut.png") && truncated[0].contains("ends"), "\(truncated)")
        #expect(dataset.issues.count { $0.kind == .unknownImageSize } == 3)
    }
}
