import Foundation
import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import ProgramRunner
import Testing

/// What other tools change between the writing and the reading counts; the rest is restored.
@Suite struct SidecarTests {
    private let folder: TemporaryFolder
    private let original: Dataset

    init() throws {
        folder = try TemporaryFolder()
        let text = """
            {"images": [{"id": 50, "file_name": "a.jpg", "width": 100, "height": 100, "note": "kept"},
                        {"id": 60, "file_name": "b.jpg", "width": 100, "height": 100}],
             "annotations": [
              {"id": 500, "image_id": 50, "category_id": 9, "bbox": [10, 10, 20, 20], "area": 123, "mood": "good"},
              {"id": 501, "image_id": 50, "category_id": 9, "bbox": [50, 50, 20, 20], "area": 124, "mood": "fair"},
              {"id": 502, "image_id": 60, "category_id": 4, "bbox": [5, 5, 10, 10], "area": 99, "iscrowd": 1}],
             "categories": [{"id": 9, "name": "cat", "supercategory": "pet"}, {"id": 4, "name": "dog"}]}
            """
        original = try Dataset.read(try folder.write(text))
    }

    private func edit(_ file: String, _ old: String, _ new: String) throws {
        let path = "\(folder.path)/\(file)"
        let before = try text(of: path)
        try #require(before.contains(old))
        _ = try folder.write(before.replacingOccurrences(of: old, with: new), to: file)
    }

    @Test func aMovedBoxCounts() throws {
        try original.write(to: folder.path + "/voc", format: .voc)
        try edit("voc/Annotations/a.xml", "<xmin>51</xmin>", "<xmin>41</xmin>")
        let back = try Dataset.read(folder.path + "/voc")
        #expect(back.annotations.map(\.id) == [500, 502, 501])
        #expect(back.annotations[2].box == Box(x: 40, y: 50, width: 30, height: 20))
        #expect(back.annotations[2].area == 600)
        #expect(back.field("mood", ofAnnotation: 2) == nil)
        #expect(back.field("mood", ofAnnotation: 0) == "good")
        #expect(back.annotations[1].isCrowd)
    }

    @Test func aFlagThatTheFormatHoldsCounts() throws {
        try original.write(to: folder.path + "/voc", format: .voc)
        try edit(
            "voc/Annotations/b.xml", "<difficult>0</difficult>", "<difficult>1</difficult><truncated>1</truncated>")
        let back = try Dataset.read(folder.path + "/voc")
        #expect(back.annotations[2].isDifficult)
        #expect(back.annotations[2].id == 502)
        #expect(back.field("truncated", ofAnnotation: 2) == "1")
        #expect(back.annotations[2].isCrowd)
    }

    @Test func addedAndRemovedRowsCount() throws {
        try original.write(to: folder.path + "/yolo", format: .yolo)
        try edit("yolo/labels/train/b.txt", "1 0.1 0.1 0.1 0.1\n", "0 0.5 0.5 1 1\n")
        try edit("yolo/labels/train/a.txt", "0 0.6 0.6 0.2 0.2\n", "")
        let back = try Dataset.read(folder.path + "/yolo")
        #expect(back.annotations.map(\.id).first == 500)
        #expect(back.annotations.count == 2)
        #expect(back.annotations[1].box == Box(x: 0, y: 0, width: 100, height: 100))
        #expect(back.annotations[1].category == 0)
        #expect(back.images.map(\.id) == [50, 60])
        #expect(back.categories.map(\.supercategory) == ["pet", nil])
    }

    @Test func numbersRoundedByAnotherToolAreNoChange() throws {
        try original.write(to: folder.path + "/yolo", format: .yolo)
        try edit("yolo/labels/train/a.txt", "0 0.2 0.2 0.2 0.2\n", "0 0.200001 0.200000 0.200000 0.200000\n")
        let back = try Dataset.read(folder.path + "/yolo")
        #expect(back.annotations[0].id == 500)
        #expect(back.annotations[0].box == Box(x: 10, y: 10, width: 20, height: 20))
    }

    @Test func aRemovedImageIsGone() throws {
        try original.write(to: folder.path + "/csv", format: .csv)
        try edit("csv", "b.jpg,100,100,dog,5,5,15,15\n", "c.jpg,100,100,bird,1,1,2,2\n")
        let back = try Dataset.read(folder.path + "/csv")
        #expect(back.images.map(\.fileName) == ["a.jpg", "c.jpg"])
        #expect(back.images.map(\.id) == [50, 2])
        #expect(back.categories.map(\.name) == ["cat", "dog", "bird"])
        #expect(back.annotations.map(\.id) == [500, 501, 3])
    }

    @Test func aBrokenSidecarIsNamed() throws {
        try original.write(to: folder.path + "/csv", format: .csv)
        _ = try folder.write("{\"images\": [", to: "csv.needletail")
        let error = caught { _ = try Dataset.read(folder.path + "/csv") }
        #expect(error?.file == folder.path + "/csv.needletail")
        #expect(error?.remedy?.pieces.contains(.setting(.sidecarUse)) == true)
        var options = ReadingOptions()
        options.usesSidecar = false
        #expect(try Dataset.read(folder.path + "/csv", options: options).annotations.count == 3)
    }
}
