import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import ProgramRunner
import Testing

/// Masks, and objects of several polygons, which Datumaro keeps as a group.
@Suite struct DatumaroMaskTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func dataset(_ annotations: String) throws -> Dataset {
        try folder.write(
            #"{"categories": {"label": {"labels": [{"name": "cat"}, {"name": "dog"}]}}, "items": [{"id": "a", "annotations": [\#(annotations)], "image": {"path": "a.jpg", "size": [4, 5]}}]}"#,
            to: "d/annotations/default.json")
        return try Dataset.read(folder("d"))
    }

    @Test func masksAreRead() throws {
        let dataset = try dataset(
            #"{"type": "mask", "attributes": {"is_crowd": true, "n": 1}, "group": 1, "label_id": 1, "rle": {"counts": "523OO13", "size": [4, 5]}}, {"type": "mask", "group": 2, "label_id": 0}"#
        )
        #expect(dataset.annotations.map(\.box) == [Box(x: 1, y: 1, width: 3, height: 2)])
        #expect(dataset.annotations[0].area == 5)
        #expect(dataset.annotations[0].isCrowd)
        #expect(dataset.segmentation(ofAnnotation: 0) == .runLengths)
        #expect(dataset.readingFindings.map(\.first.detail) == ["mask"])
    }

    @Test func groupsAreObjects() throws {
        let square = { (x: Int) in "[\(x), 0, \(x + 1), 0, \(x + 1), 1, \(x), 1]" }
        func polygon(_ group: Int, _ label: Int, _ x: Int) -> String {
            #"{"type": "polygon", "group": \#(group), "label_id": \#(label), "points": \#(square(x))}"#
        }
        let dataset = try dataset(
            [polygon(1, 0, 0), polygon(1, 0, 2), polygon(1, 1, 3), polygon(0, 1, 1), polygon(0, 1, 2)]
                .joined(separator: ","))
        #expect(dataset.annotations.map(\.box.x) == [0, 3, 1, 2])
        #expect(dataset.annotations.map(\.box.width) == [3, 1, 1, 1])
        #expect(dataset.annotations.map(\.area) == [2, 1, 1, 1])
    }

    @Test func comesBackWithoutTheSidecar() throws {
        let coco = """
            {"images": [{"id": 1, "file_name": "a.jpg", "width": 5, "height": 4}], "categories": [{"id": 0, "name": "cat"}],
            "annotations": [
            {"id": 1, "image_id": 1, "category_id": 0, "bbox": [1, 1, 3, 2], "area": 5, "iscrowd": 1,
             "attributes": {"n": 1}, "segmentation": {"size": [4, 5], "counts": [5, 2, 3, 1, 2, 2, 5]}},
            {"id": 2, "image_id": 1, "category_id": 0, "bbox": [0, 0, 5, 1], "area": 2, "iscrowd": 0,
             "segmentation": [[0, 0, 1, 0, 1, 1, 0, 1], [4, 0, 5, 0, 5, 1, 4, 1]]}]}
            """
        let original = try Dataset.read(try folder.write(coco, to: "coco.json"))
        var options = WritingOptions()
        options.writesSidecar = false
        try original.write(to: folder("out"), format: .datumaro, options: options)
        let text = try folder.text(of: "out/annotations/train.json")
        #expect(text.contains(#""attributes":{"is_crowd":true,"n": 1}"#))
        #expect(text.contains(#""rle":{"counts":"523OO13","size":[4,5]}"#))
        let difference = try original.difference(
            from: folder("out"), format: .datumaro, options: options, usesSidecar: false)
        #expect(difference.losses.map(\.kind) == ["image ids"] || difference.isExact, "\(difference.losses)")
    }

    /// A box that is not the mask's, as those of COCO's crowds, which lack its last column and row, is kept beside the mask.
    @Test(arguments: ["1, 1, 3, 2", "1, 1, 2, 1", "0, 0, 5, 4"]) func boxesOfMasks(_ box: String) throws {
        let coco = """
            {"images": [{"id": 1, "file_name": "a.jpg", "width": 5, "height": 4}], "categories": [{"id": 0, "name": "cat"}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 0, "bbox": [\(box)], "area": 5, "iscrowd": 1,
             "segmentation": {"size": [4, 5], "counts": [5, 2, 3, 1, 2, 2, 5]}}]}
            """
        let original = try Dataset.read(try folder.write(coco, to: "coco.json"))
        var options = WritingOptions()
        options.writesSidecar = false
        try original.write(to: folder("out"), format: .datumaro, options: options)
        let text = try folder.text(of: "out/annotations/train.json")
        #expect(text.contains(#""type":"mask""#))
        #expect(text.contains(#""type":"bbox""#) == (box != "1, 1, 3, 2"))
        let copy = try Dataset.read(folder("out"))
        #expect(copy.annotations.map(\.box) == original.annotations.map(\.box))
        #expect(copy.segmentation(ofAnnotation: 0) == .runLengths && copy.annotations[0].isCrowd)
    }

    @Test func runsThatAreNotThoseOfTheSize() throws {
        let error = caught {
            _ = try dataset(
                #"{"type": "mask", "group": 1, "label_id": 1, "rle": {"counts": "523OO13", "size": [40, 5]}}"#)
        }
        #expect(error?.problem == "the runs of the mask are not those of its size")
        #expect(error?.remedy != nil)
    }
}
