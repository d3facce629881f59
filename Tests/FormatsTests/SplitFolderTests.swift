import Foundation
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import ProgramRunner
import Testing

/// Datasets that have a folder or a file for each split.
@Suite struct SplitFolderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func splits(_ dataset: Dataset) -> [String?] {
        dataset.images.indices.map { dataset.field("split", ofImage: $0) }
    }

    private func writeVOC(_ name: String, in split: String, category: String) throws {
        try folder.write(
            """
            <annotation><filename>\(name).png</filename><size><width>100</width><height>80</height></size><object>
            <name>\(category)</name><bndbox><xmin>11</xmin><ymin>21</ymin><xmax>40</xmax><ymax>60</ymax></bndbox></object>
            </annotation>
            """, to: "\(split)/\(name).xml")
        try folder.writeImage("\(split)/\(name).png")
    }

    @Test func foldersOfCOCO() throws {
        for split in ["valid", "train"] {
            _ = try folder.writeCOCO(["a.png"], to: "\(split)/_annotations.coco.json")
            try folder.writeImage("\(split)/a.png")
        }
        let dataset = try Dataset.read(folder.path)
        #expect(dataset.images.map(\.fileName) == ["train/a.png", "valid/a.png"])
        #expect(Set(dataset.images.map(\.id)).count == 2, "one file name, two images")
        #expect(dataset.imageFolder == folder.path && dataset.absence(ofImage: 1) == nil)
        #expect(splits(dataset) == ["train", "val"])
        #expect(dataset.categories.map(\.name) == ["cat"] && dataset.annotations.count == 2)
        #expect(dataset.issueCounts == [:])
        for name in ["val", "valid"] {
            let one = try Dataset.read(folder.path, split: name)
            #expect(one.images.map(\.fileName) == ["a.png"] && one.imageFolder == folder("valid"))
        }
        #expect(try Dataset.read(folder.path, format: .coco).images.count == 2)
        let error = caught { _ = try Dataset.read(folder.path, split: "test") }
        #expect(error?.remedy.map { "\($0)" } == "It has train, val")
    }

    /// A table that does not say its classes is no dataset where there is one in a folder below.
    @Test func notesBesideADatasetAreNotRead() throws {
        try writeVOC("a", in: "data", category: "cat")
        let notes = "filename,kind_of_cell,xmin,xmax,ymin,ymax\na.png,WBC,1,2,3,4\n"
        try folder.write(notes, to: "test.csv")
        #expect(try Dataset.read(folder.path).categories.map(\.name) == ["cat"])
        try folder.write(notes, to: "alone/test.csv")
        #expect(try Dataset.read(folder("alone")).annotations.count == 1)
    }

    /// A file that was written of all splits has them, too.
    @Test func filesThatNameSplitsInside() throws {
        for split in ["valid", "train"] {
            _ = try folder.writeCOCO(["a.png"], to: "\(split)/_annotations.coco.json")
        }
        try Dataset.read(folder.path).write(to: folder("all.json"))
        let dataset = try Dataset.read(folder("all.json"), split: "valid")
        #expect(dataset.images.count == 1 && dataset.annotations.count == 1)
        #expect(caught { _ = try Dataset.read(folder("all.json"), split: "test") }?.kind == .notFound)
    }

    @Test func categoriesThatDisagreeAreNamed() throws {
        _ = try folder.writeCOCO(["a.png"], to: "train/l.json", category: "cat")
        _ = try folder.writeCOCO(["b.png"], to: "valid/l.json", category: "dog")
        let dataset = try Dataset.read(folder.path)
        #expect(dataset.categories.map(\.name) == ["cat", "dog"])
        #expect(dataset.annotations.map { dataset.categories[$0.category].name } == ["cat", "dog"])
        #expect(dataset.issueCounts == [.categoryDisagreement: 1])
    }

    /// Pascal VOC has no numbers of classes: ours are the same in every split.
    @Test func foldersOfVOC() throws {
        try writeVOC("a", in: "train", category: "dog")
        try writeVOC("b", in: "valid", category: "cat")
        let whole = try Dataset.read(folder.path)
        #expect(whole.images.map(\.fileName) == ["train/a.png", "valid/b.png"] && splits(whole) == ["train", "val"])
        #expect(whole.issueCounts == [:])
        for dataset in [
            whole, try Dataset.read(folder.path, split: "train"), try Dataset.read(folder.path, split: "val"),
        ] {
            #expect(dataset.categories.map(\.name) == ["cat", "dog"] && dataset.categories.map(\.id) == [1, 2])
            #expect(dataset.annotations.allSatisfy { $0.box == Box(x: 10, y: 20, width: 30, height: 40) })
        }
    }

    @Test func filesCalledAfterSplits() throws {
        for (split, name) in [("train2017", "a.png"), ("val2017", "b.png")] {
            _ = try folder.writeCOCO([name], to: "annotations/instances_\(split).json")
            _ = try folder.writeCOCO([name], to: "annotations/captions_\(split).json")
            try folder.writeImage("\(split)/\(name)")
        }
        let dataset = try Dataset.read(folder.path)
        #expect(dataset.images.map(\.fileName) == ["train2017/a.png", "val2017/b.png"])
        #expect(dataset.images.indices.allSatisfy { dataset.absence(ofImage: $0) == nil })
        #expect(try Dataset.read(folder.path, split: "val").images.map(\.fileName) == ["b.png"])
    }

    /// One image in two splits stays two images, so that the leak can be found.
    @Test func anImageOfTwoSplits() throws {
        for split in ["train", "val"] { _ = try folder.writeCOCO(["a.png"], to: "\(split).json") }
        let dataset = try Dataset.read(folder.path)
        #expect(dataset.images.count == 2 && splits(dataset) == ["train", "val"])
    }

    @Test func foldersOfYOLO() throws {
        for split in ["train", "valid"] {
            try folder.writeImage("\(split)/images/\(split).png")
            try folder.write("0 0.25 0.5 0.3 0.5\n", to: "\(split)/labels/\(split).txt")
        }
        try folder.write("cat\n", to: "classes.txt")
        let dataset = try Dataset.read(folder.path)
        #expect(dataset.categories.map(\.name) == ["cat"] && splits(dataset) == ["train", "val"])
        #expect(dataset.annotations.count == 2 && dataset.issueCounts == [:])
        #expect(try Dataset.read(folder.path, split: "valid").images.map(\.fileName) == ["valid.png"])
    }

    /// Labels beside the images, and the names of classes in each folder.
    @Test func foldersOfDarknet() throws {
        for split in ["train", "valid"] {
            try folder.writeImage("\(split)/\(split).png")
            try folder.write("0 0.25 0.5 0.3 0.5\n", to: "\(split)/\(split).txt")
            try folder.write("cat\n", to: "\(split)/_darknet.labels")
        }
        let dataset = try Dataset.read(folder.path)
        #expect(dataset.images.map(\.fileName) == ["train/train.png", "valid/valid.png"])
        #expect(dataset.categories.map(\.name) == ["cat"] && dataset.annotations.count == 2)
    }

    /// Two files of one split are still a question.
    @Test func whatIsNoSetOfSplitsIsAmbiguous() throws {
        for name in ["train.json", "train_small.json", "val.json"] { _ = try folder.writeCOCO(["a.png"], to: name) }
        #expect(caught { _ = try Dataset.read(folder.path) }?.problem.contains("more than one way") == true)
        #expect(try Dataset.read(folder.path, split: "val").images.count == 1)
    }
}
