import Foundation
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import ProgramRunner
import Testing

/// YOLO's label files in other places than where they are looked for, in other forms, and missing.
@Suite struct LabelPlaceTests {
    private let folder: TemporaryFolder
    /// The box 10,20,30,40 of an image of 100x80.
    private static let row = "0 0.25 0.5 0.3 0.5\n"
    private static let box = Box(x: 10, y: 20, width: 30, height: 40)

    init() throws { folder = try TemporaryFolder() }

    /// - Parameter train: What the yaml says; without it there is none.
    private func read(images: [String], labels: [String], train: String? = nil) throws -> Dataset {
        for image in images { try folder.writeImage(image) }
        for label in labels { try folder.write(Self.row, to: label) }
        if let train { try folder.write("names: [cat]\ntrain: \(train)\nval: \(train)\n", to: "data.yaml") }
        return try Dataset.read(folder.path)
    }

    @Test(arguments: [
        ("images", "images/a.png", "label/a.txt"), ("Images", "Images/a.png", "labels/a.txt"),
        ("JPEGImages", "JPEGImages/a.png", "labels/a.txt"), ("images", "images/a.png", "images/a.txt"),
        ("images/train", "images/train/a.png", "train/labels/a.txt"),
        ("train/images", "train/images/a.png", "labels/train/a.txt"),
        ("images/train", "images/train/a.png", "labels/a.txt"), ("train", "train/a.png", "labels/train/a.txt"),
        ("train", "train/a.png", "train/labels/a.txt"),
    ]) func foundElsewhere(_ train: String, _ image: String, _ label: String) throws {
        let dataset = try read(images: [image], labels: [label], train: train)
        #expect(dataset.annotations.map(\.box) == [Self.box])
        #expect(dataset.issueCounts == [.labelsElsewhere: 1])
        #expect(dataset.issues[0].detail?.hasPrefix("1 in \(folder.path)") == true)
    }

    @Test(arguments: [("images", "labels"), ("train/images", "train/labels"), ("train", "train")])
    func foundWhereTheyShouldBe(_ images: String, _ labels: String) throws {
        let dataset = try read(images: ["\(images)/a.png"], labels: ["\(labels)/a.txt"], train: images)
        #expect(dataset.annotations.map(\.box) == [Self.box])
        #expect(dataset.issueCounts == [:])
    }

    @Test func imagesWithoutAnnotations() throws {
        for name in ["a.png", "b.png", "sub/c.png"] { try folder.writeImage("voc/\(name)") }
        let box = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox>"
        let size = "<size><width>100</width><height>80</height></size>"
        func annotate(_ name: String, _ image: String) throws {
            _ = try folder.write(
                "<annotation><filename>\(image)</filename>\(size)<object><name>cat</name>\(box)</object></annotation>",
                to: "voc/\(name).xml")
        }
        try annotate("a", "a.png")
        var dataset = try Dataset.read(folder.path + "/voc")
        #expect(dataset.images.count == 1 && dataset.issueCounts == [.unannotatedImage: 2])
        #expect(dataset.readingFindings.map(\.first.detail) == ["b.png and 1 more"])
        // Under another name it is still the same file.
        try annotate("x", "B.PNG")
        try annotate("sub/c", "c.png")
        dataset = try Dataset.read(folder.path + "/voc")
        #expect(dataset.images.count == 3 && dataset.issueCounts.isEmpty)
    }

    @Test func recognisedWithoutYAML() throws {
        #expect(try read(images: ["images/a.png"], labels: ["label/a.txt"]).annotations.map(\.box) == [Self.box])
    }

    @Test func missingLabelsAreAWarningThatNamesThem() throws {
        let dataset = try read(images: ["images/a.png"], labels: ["odd/a.txt", "odd/b.txt"], train: "images")
        #expect(dataset.images.count == 1 && dataset.annotations.isEmpty)
        #expect(dataset.issueCounts == [.missingLabels: 1])
        let detail = try #require(dataset.issues[0].detail)
        #expect(detail.contains("looked for in \(folder("labels"))") && detail.contains("1 in \(folder("odd"))"))
        #expect(DatasetIssue.Kind.missingLabels.severity == .warning)
    }

    @Test func twoPossiblePlacesAreNotChosenFrom() throws {
        let dataset = try read(images: ["images/a.png"], labels: ["label/a.txt", "Labels/a.txt"], train: "images")
        #expect(dataset.annotations.isEmpty && dataset.issueCounts == [.missingLabels: 1])
    }

    /// Images without labels among others are images without objects; lists and notes are no labels.
    @Test func labelsWithoutImages() throws {
        try folder.write("images/a.png\n", to: "labels/train.txt")
        try folder.write("", to: "labels/empty.txt")
        let dataset = try read(
            images: ["images/a.png", "images/b.png"], labels: ["labels/a.txt", "labels/c.txt"], train: "images")
        #expect(dataset.images.count == 2 && dataset.annotations.count == 1)
        #expect(dataset.issueCounts == [.labelWithoutImage: 2])
        #expect(dataset.issues.map(\.file) == [folder("labels/c.txt"), folder("labels/empty.txt")])
        #expect(DatasetIssue.Kind.labelWithoutImage.severity == .warning)
    }

    @Test func listsOfImages() throws {
        try folder.write("./images/a.png\nimages\\b.png\n", to: "train.txt")
        let dataset = try read(images: ["images/a.png", "images/b.png"], labels: ["label/a.txt"], train: "train.txt")
        #expect(dataset.images.map(\.fileName) == ["a.png", "b.png"])
        #expect(dataset.annotations.map(\.box) == [Self.box])
        #expect(dataset.issueCounts == [.labelsElsewhere: 1])
    }

    /// Paths of another machine, in the yaml and in the list; the longest end that is there counts.
    @Test func pathsOfAnotherMachine() throws {
        for (split, image) in [("train", "a"), ("val", "b")] {
            try folder.writeImage("images/\(split)/\(image).png")
            try folder.write(Self.row, to: "labels/\(split)/\(image).txt")
        }
        try folder.write(
            "names: [cat]\ntrain: /kaggle/input/ds/images/train\nval: 'C:\\Users\\me\\images\\val'\n", to: "data.yaml")
        let dataset = try Dataset.read(folder.path)
        #expect(dataset.images.map(\.fileName) == ["train/a.png", "val/b.png"] && dataset.annotations.count == 2)
        try folder.write("names: [cat]\ntrain: /home/me/train.txt\n", to: "data.yaml")
        try folder.write("/home/me/images/train/a.png\nD:\\x\\images\\val\\b.png\n", to: "train.txt")
        #expect(try Dataset.read(folder.path).annotations.map(\.box) == [Self.box, Self.box])
        try folder.write("classes = 1\ntrain = lists/train.txt\n", to: "other/obj.data")
        try folder.write("/home/me/data/obj/c.png\n", to: "other/train.txt")
        try folder.writeImage("other/obj/c.png")
        try folder.write(Self.row, to: "other/obj/c.txt")
        #expect(try Dataset.read(folder("other")).annotations.map(\.box) == [Self.box])
        // A single name says nothing of which folder is meant.
        try folder.write("names: [cat]\ntrain: /home/me/a/images\nval: /home/me/b/images\n", to: "data.yaml")
        #expect(caught { _ = try Dataset.read(folder("data.yaml")) }?.kind == .notFound)
    }

    /// Label Studio puts a file about the classes beside the folders.
    @Test func notesAboutClassesAreNoDataset() throws {
        try folder.write(#"{"categories": [{"id": 0, "name": "cat"}], "info": {}}"#, to: "notes.json")
        try folder.write("cat\n", to: "classes.txt")
        let dataset = try read(images: ["images/a.png"], labels: ["labels/a.txt"])
        #expect(dataset.categories.map(\.name) == ["cat"] && dataset.annotations.map(\.box) == [Self.box])
    }

    @Test func linksThatLeadBackAreReadOnce() throws {
        try folder.writeImage("images/a.png")
        try FileManager.default.createSymbolicLink(atPath: folder("images/loop"), withDestinationPath: ".")
        let dataset = try read(images: [], labels: ["labels/a.txt"], train: "images")
        #expect(dataset.images.count == 1 && dataset.issueCounts == [.repeatedFolder: 1])
    }

    // MARK: Splits

    @Test func aSplitThatNobodyExportedIsAWarning() throws {
        for split in ["train", "valid"] {
            try folder.writeImage("\(split)/images/\(split).png")
            try folder.write(Self.row, to: "\(split)/labels/\(split).txt")
        }
        try folder.write(
            "train: ../train/images\nval: ../valid/images\ntest: ../test/images\nnames: [cat]\n", to: "data.yaml")
        let dataset = try Dataset.read(folder.path)
        #expect(dataset.annotations.count == 2 && dataset.issueCounts == [.missingSplit: 1])
        #expect(dataset.issues[0].detail == "test is ../test/images, which is not there")
        #expect(try Dataset.read(folder.path, split: "valid").images.map(\.fileName) == ["valid.png"])
        #expect(caught { _ = try Dataset.read(folder.path, split: "test") }?.kind == .notFound)
        try folder.write("train: no/images\nval: neither/images\nnames: [cat]\n", to: "data.yaml")
        #expect(caught { _ = try Dataset.read(folder.path) }?.problem.contains("no/images") == true)
    }

    // MARK: What is no YOLO

    @Test(arguments: ["10 20 40 60 0", "0 10 20 40 60", "0 10.5 20.5 40.25 60", "48 240 195 371 11"])
    func rowsOfPixels(_ row: String) throws {
        try folder.write(row + "\n", to: "labels/a.txt")
        try folder.write("names: [cat]\ntrain: images\n", to: "data.yaml")
        try folder.writeImage("images/a.png")
        let error = caught { _ = try Dataset.read(folder.path) }
        #expect(error?.problem.contains("pixels") == true && error?.line == 1)
        #expect(error?.remedy.map { "\($0)".contains("\(folder("labels"))/*.txt > boxes.csv") } == true)
    }

    /// A box beyond its image is doubtful, not another format: the edge of a whole image, and one that is too large.
    @Test(arguments: ["0 1 1 1 1", "0 0.5 0.5 1.5 1.25", "0 3.5 0.5 0.1 0.1"])
    func sharesBeyondOne(_ row: String) throws {
        try folder.write(row + "\n", to: "labels/a.txt")
        try folder.write("names: [cat]\ntrain: images\n", to: "data.yaml")
        try folder.writeImage("images/a.png")
        #expect(try Dataset.read(folder.path).annotations.count == 1)
    }

    /// The list is a dataset of its own, and no list of a YOLO dataset.
    @Test func listsWithBoxesBehindThePaths() throws {
        let list = try folder.write("a.png 10,20,40,60,0 50,20,60,60,1\n", to: "train.txt")
        try folder.write("names: [cat]\ntrain: train.txt\n", to: "data.yaml")
        #expect(caught { _ = try Dataset.read(folder.path) }?.problem.contains("keras-yolo3") == true)
        let dataset = try Dataset.read(list)
        #expect(dataset.provenance.format == .kerasYOLO3)
        #expect(dataset.annotations.map(\.box) == [Self.box, Box(x: 50, y: 20, width: 10, height: 40)])
    }
}
