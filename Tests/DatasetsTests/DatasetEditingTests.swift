import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import ProgramRunner
import Testing

/// Datasets with some of their records changed: what was not touched is written as it stood.
@Suite struct DatasetEditingTests {
    private static let text = """
        {"info": {"year": 2020}, "licenses": [{"id": 1}],
         "images": [{"id": 10, "file_name": "a.jpg", "width": 100, "height": 50, "video_id": 7, "place": "x\\u00e9"},
                    {"id": 11, "file_name": "b.jpg", "width": 100, "height": 50, "license": 1},
                    {"id": 12, "file_name": "c.jpg", "width": 100, "height": 50, "video_id": null}],
         "categories": [{"id": 1, "name": "cat", "color": "#fff"}, {"id": 3, "name": "dog"}, {"id": 5, "name": "cow"}],
         "annotations": [
          {"id": 1, "image_id": 10, "category_id": 1, "bbox": [1.50, 1, 2, 3], "score": 1e-3},
          {"id": 2, "image_id": 12, "category_id": 3, "bbox": [1, 1, 0, 3], "segmentation": [[1, 2.0, 3]]},
          {"id": 3, "image_id": 10, "category_id": 5, "bbox": [5, 5, 2, 3], "iscrowd": 0}]}
        """

    private let folder: TemporaryFolder
    private let dataset: Dataset

    init() throws {
        folder = try TemporaryFolder()
        dataset = try Dataset.read(try folder.write(Self.text, to: "dataset.json"))
    }

    private func written(_ dataset: Dataset) throws -> String {
        try dataset.write(to: folder.path + "/out.json")
        return try folder.text(of: "out.json")
    }

    @Test func selectsImagesAndAnnotations() throws {
        let part = dataset.selecting(images: [2, 0]) { $0 != 2 }
        #expect(part.images.map(\.fileName) == ["c.jpg", "a.jpg"])
        #expect(part.annotations.map(\.id) == [1, 2])
        #expect(part.annotations.map(\.image) == [1, 0])
        #expect(part.categories == dataset.categories)
        let text = try written(part)
        for kept in [
            #"{"id": 10, "file_name": "a.jpg", "width": 100, "height": 50, "video_id": 7, "place": "x\u00e9"}"#,
            #""bbox": [1.50, 1, 2, 3], "score": 1e-3}"#,
            #""segmentation": [[1, 2.0, 3]]}"#, #""licenses": [{"id": 1}]"#,
            ##"{"id": 1, "name": "cat", "color": "#fff"}"##,
        ] {
            #expect(text.contains(kept), "\(kept)")
        }
        #expect(!text.contains("b.jpg"))
    }

    @Test func changesOnlyWhatIsChanged() throws {
        var changed = dataset
        changed.updateAnnotations { row, annotation in
            if row == 1 { annotation.box = Box(x: 2, y: 2, width: 4, height: 4) }
        }
        changed.updateImages { row, image in if row == 0 { image.fileName = "z/a.jpg" } }
        // The box has an area now.
        #expect(dataset.issues.map(\.kind) == [.degeneratePolygon, .noArea])
        #expect(changed.issues.map(\.kind) == [.degeneratePolygon])
        let text = try written(changed)
        #expect(text.contains(#""bbox":[2,2,4,4],"segmentation":[[1, 2.0, 3]]}"#))
        #expect(text.contains(#""bbox": [1.50, 1, 2, 3], "score": 1e-3}"#))
        #expect(text.contains(#""file_name":"z/a.jpg","width":100,"height":50,"video_id":7,"place":"x\u00e9"}"#))
        #expect(dataset.images[0].fileName == "a.jpg", "a copy leaves the original alone")
    }

    @Test func renamesJoinsAndDropsCategories() throws {
        var animal = dataset.categories[0]
        animal.name = "animal"
        let joined = dataset.mappingCategories(to: [animal], rows: [0, nil, 0])
        #expect(joined.annotations.map(\.id) == [1, 3])
        #expect(joined.annotations.map(\.category) == [0, 0])
        let text = try written(joined)
        #expect(text.contains(##"{"id":1,"name":"animal","color":"#fff"}"##))
        #expect(text.contains(#""category_id":1,"bbox":[5, 5, 2, 3],"iscrowd":0}"#))
    }

    @Test func concatenates() throws {
        let other = try Dataset.read(
            try folder.write(
                """
                {"info": {"year": 1}, "extra": [1.0],
                 "images": [{"id": 10, "file_name": "d.jpg", "width": 9, "height": 9, "note": "n"}],
                 "categories": [{"id": 3, "name": "dog", "legs": 4}],
                 "annotations": [{"id": 1, "image_id": 10, "category_id": 3, "bbox": [0, 0, 2.0, 2], "extra": null}]}
                """, to: "other.json"))
        let both = Dataset.concatenating([dataset, other])
        #expect(both.images.map(\.fileName) == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"])
        #expect(both.annotations[3].image == 3)
        #expect(both.categories[both.annotations[3].category].id == 3)
        let text = try written(both)
        #expect(text.contains(#"{"year": 2020}"#) && !text.contains(#"{"year": 1}"#))
        #expect(text.contains(#""extra": [1.0]"#))
        #expect(text.contains(#"{"id": 10, "file_name": "d.jpg", "width": 9, "height": 9, "note": "n"}"#))
        #expect(text.contains(#""bbox": [0, 0, 2.0, 2], "extra": null}"#))
        #expect(text.contains(#"{"id": 3, "name": "dog", "legs": 4}"#))
        #expect(Dataset.concatenating([]).images.isEmpty)
    }

    @Test func findsFieldsWithoutAColumn() {
        #expect(dataset.field("video_id", ofImage: 0) == "7")
        #expect(dataset.field("place", ofImage: 0) == "xé")
        #expect(dataset.field("video_id", ofImage: 1) == nil)
        #expect(dataset.field("video_id", ofImage: 2) == nil)
    }

    @Test func addsFieldsBesideThoseThereAre() throws {
        let named = dataset.withFields(
            ofImages: { [("split", .text("val \"\($0)\"")), ("video_id", .number(9))] },
            ofAnnotations: { $0 == 0 ? [("visible", .number(0.25))] : [] })
        let text = try written(named)
        #expect(
            text.contains(
                #"{"id":10,"file_name":"a.jpg","width":100,"height":50,"place":"x\u00e9","split":"val \"0\"","video_id":9}"#
            ))
        #expect(text.contains(#""score":1e-3,"visible":0.25}"#))
        #expect(text.contains(#""segmentation": [[1, 2.0, 3]]}"#), "other records stay as they stood")
        #expect(named.field("split", ofImage: 1) == "val \"1\"")
        #expect(try Dataset.read(folder.path + "/out.json").field("split", ofImage: 2) == "val \"2\"")
    }
}
