import Foundation
import NeedletailCuration
import NeedletailDatasets
import NeedletailFormats
import ProgramRunner
import Testing

/// Several datasets as one: a case worked out by hand.
@Suite struct MergeTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(_ text: String, _ name: String) throws -> Dataset {
        try Dataset.read(try folder.write(text, to: name))
    }

    private static let day = """
        {"images": [{"id": 1, "file_name": "a.jpg", "width": 10, "height": 10, "note": 1.50},
                    {"id": 2, "file_name": "b.jpg", "width": 10, "height": 10}],
         "categories": [{"id": 1, "name": "cat", "supercategory": "animal"}, {"id": 2, "name": "dog"}],
         "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2], "score": 1e-1},
                         {"id": 2, "image_id": 2, "category_id": 2, "bbox": [1, 1, 2, 2]}]}
        """
    /// "dog" under another id, "car" under the id of "cat".
    private static let night = """
        {"images": [{"id": 1, "file_name": "c.jpg", "width": 10, "height": 10, "lamp": true},
                    {"id": 9, "file_name": "b.jpg", "width": 10, "height": 10}],
         "categories": [{"id": 5, "name": "dog"}, {"id": 1, "name": "car", "wheels": 4},
                        {"id": 7, "name": "cat", "supercategory": "pet"}],
         "annotations": [{"id": 2, "image_id": 1, "category_id": 1, "bbox": [3, 3, 2, 2.0]},
                         {"id": 3, "image_id": 9, "category_id": 5, "bbox": [4, 4, 2, 2], "score": 2e-1}]}
        """

    @Test func reconcilesCategoriesAndIdentifiers() throws {
        let merge = DatasetMerge(
            [try read(Self.day, "day.json"), try read(Self.night, "night.json")], names: ["day", "night"])
        let merged = merge.dataset
        #expect(merged.categories.map(\.name) == ["cat", "dog", "car"])
        #expect(merged.categories.map(\.id) == [1, 2, 8])
        // One folder: b.jpg is one file, with the boxes of both.
        #expect(merged.images.map(\.fileName) == ["a.jpg", "b.jpg", "c.jpg"])
        #expect(merged.images.map(\.id) == [1, 2, 10])
        #expect(merged.annotations.map(\.id) == [1, 2, 4, 3])
        #expect(merged.annotations.map { merged.images[$0.image].fileName } == ["a.jpg", "b.jpg", "c.jpg", "b.jpg"])
        #expect(merged.annotations.map { merged.categories[$0.category].name } == ["cat", "dog", "car", "dog"])
        #expect((merge.joinedImages, merge.renumberedImages, merge.renumberedAnnotations) == (1, 1, 1))
        #expect(
            merge.conflicts == [
                "dog is 2 in day and 5 in night: it becomes 2",
                "1 is cat in day and car in night: car becomes 8",
                "cat is 1 in day and 7 in night: it becomes 1",
                "cat belongs to animal in day and to pet in night: it stays with animal",
            ])
        try merged.write(to: folder("merged.json"))
        let text = try folder.text(of: "merged.json")
        for kept in [
            #"{"id": 1, "file_name": "a.jpg", "width": 10, "height": 10, "note": 1.50}"#,
            #""width":10,"height":10,"lamp":true}"#, #""bbox": [1, 1, 2, 2], "score": 1e-1}"#,
            #""bbox":[3, 3, 2, 2.0]}"#, #"{"id":8,"name":"car","wheels":4}"#, #""score":2e-1}"#,
        ] { #expect(text.contains(kept), "\(kept)") }
        #expect(try Dataset.read(folder("merged.json")).issues.isEmpty)
    }

    @Test func namesAreToldFromTheCommonFolder() throws {
        try folder.write("", to: "x/day/images/a.jpg")
        let merge = DatasetMerge(
            [
                try Dataset.read(try folder.write(Self.day, to: "x/day/labels.json")),
                try Dataset.read(try folder.write(Self.night, to: "x/night/labels.json")),
            ], names: ["day", "night"])
        let names = merge.dataset.images.map(\.fileName)
        #expect(names == ["day/images/a.jpg", "day/images/b.jpg", "night/c.jpg", "night/b.jpg"])
        #expect(merge.dataset.imageFolder?.hasSuffix("/x") == true)
        #expect(FileManager.default.fileExists(atPath: merge.dataset.imagePath(ofImage: 0)))
        #expect(merge.joinedImages == 0)
        #expect(Set(merge.dataset.images.map(\.id)).count == 4)
    }

    /// Two files beside one another that call their images alike, which lie in folders of the files' names.
    @Test func equalNamesInFoldersOfTheirOwnAreTwoImages() throws {
        for part in ["day", "night"] {
            try folder.write("", to: "z/\(part)/1.jpg")
            try folder.write(
                #"{"images": [{"id": 1, "file_name": "1.jpg", "width": 9, "height": 9}]}"#, to: "z/\(part).json")
        }
        let merge = DatasetMerge(
            [try Dataset.read(folder("z/day.json")), try Dataset.read(folder("z/night.json"))], names: ["1", "2"])
        #expect(merge.dataset.images.map(\.fileName) == ["day/1.jpg", "night/1.jpg"])
        #expect(Set(merge.dataset.images.map(\.id)).count == 2 && merge.joinedImages == 0)
    }

    @Test func imagesOfTwoSizesAreBothKept() throws {
        let other = Self.night.replacing("\"b.jpg\", \"width\": 10", with: "\"b.jpg\", \"width\": 12")
        let merge = DatasetMerge([try read(Self.day, "day.json"), try read(other, "night.json")], names: ["1", "2"])
        #expect(merge.dataset.images.count == 4)
        #expect(merge.conflicts.contains("b.jpg is 10x10 in 1 and 12x10 in 2: both are kept"))
    }

    @Test func gathersImagesUnderUniqueNames() throws {
        for (name, content) in [("p/1.jpg", "one"), ("q/1.jpg", "another")] { try folder.write(content, to: name) }
        var datasets: [Dataset] = []
        for part in ["p", "q"] {
            var dataset = SmallDataset.make([[0]], classes: ["c"])
            dataset.imageFolder = folder(part)
            dataset.updateImages { _, image in image.fileName = "1.jpg" }
            datasets.append(dataset)
        }
        let merged = DatasetMerge(datasets, names: ["p", "q"]).dataset
        for method in [ImageTransfer.copy, .link] {
            let target = folder("out-\(method.rawValue)")
            let (gathered, missing) = try ImageGathering.gather(merged, into: target, method: method)
            #expect(missing.isEmpty)
            #expect(gathered.images.map(\.fileName) == ["p/1.jpg", "q/1.jpg"])
            let contents = try gathered.images.indices.map {
                try String(contentsOfFile: gathered.imagePath(ofImage: $0), encoding: .utf8)
            }
            #expect(contents == ["one", "another"])
        }
        // Names never lead out of the folder, and two files never get one name.
        var hostile = SmallDataset.make([[0], [0]], classes: ["c"])
        hostile.imageFolder = folder("p")
        hostile.updateImages { row, image in image.fileName = row == 0 ? "../q/1.jpg" : folder("p/1.jpg") }
        let (gathered, _) = try ImageGathering.gather(hostile, into: folder("safe"), method: .copy)
        #expect(gathered.images.map(\.fileName) == ["q/1.jpg", "1.jpg"])
    }
}
