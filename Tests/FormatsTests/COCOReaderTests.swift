import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailSystem
import ProgramRunner
import Testing

@Suite struct COCOReaderTests {
    private func read(_ text: String) throws -> Dataset {
        let folder = try TemporaryFolder()
        return try Dataset.read(try folder.write(text))
    }

    private func refusal(_ text: String) -> AnnotationError? {
        caught { _ = try read(text) }
    }

    private static let small = """
        {"annotations": [
          {"id": 0, "image_id": 7, "category_id": 3, "bbox": [1, 2.5, 30, 40], "area": 600.25, "iscrowd": 0},
          {"id": 9007199254740993, "image_id": 5, "category_id": 1, "bbox": [0, 0, 10, 10], "iscrowd": 1},
          {"image_id": 7, "category_id": 1, "bbox": [3, 4, 5, 6]}],
         "categories": [{"id": 3, "name": "cat", "supercategory": "animal"}, {"id": 1, "name": "dog"}],
         "images": [{"id": 5, "file_name": "a.jpg", "width": 100, "height": 80},
                    {"id": 6, "file_name": "empty.jpg", "width": 64, "height": 64},
                    {"id": 7, "file_name": "\\u0062.jpg", "width": 640.0, "height": 480}]}
        """

    @Test func readsColumnsWithListsInAnyOrder() throws {
        let dataset = try read(Self.small)
        #expect(dataset.images.map(\.fileName) == ["a.jpg", "empty.jpg", "b.jpg"])
        #expect(dataset.images[2].width == 640)
        #expect(dataset.images[2].height == 480)
        #expect(dataset.categories.map(\.name) == ["cat", "dog"])
        #expect(dataset.categories[0].supercategory == "animal")
        #expect(Array(dataset.annotations(ofImage: 0)) == [1])
        #expect(Array(dataset.annotations(ofImage: 1)) == [])
        #expect(Array(dataset.annotations(ofImage: 2)) == [0, 2])
        #expect(dataset.annotations[0].id == 0)
        #expect(dataset.annotations[0].box == Box(x: 1, y: 2.5, width: 30, height: 40))
        #expect(dataset.annotations[0].area == 600.25)
        #expect(dataset.annotations[1].id == 9_007_199_254_740_993)
        #expect(dataset.annotations[1].isCrowd)
        #expect(dataset.annotations[2].id == nil)
        #expect(dataset.annotations[2].area == nil)
        #expect(dataset.annotations[2].crowd == nil)
        #expect(dataset.annotations[2].resolvedArea == 30)
        #expect(dataset.issues.isEmpty)
    }

    @Test func givesGroundTruths() throws {
        let truths = try read(Self.small).groundTruths(ofImage: 2)
        #expect(
            truths == [
                GroundTruth(id: 0, box: Box(x: 1, y: 2.5, width: 30, height: 40), categoryID: 3, area: 600.25),
                GroundTruth(id: -3, box: Box(x: 3, y: 4, width: 5, height: 6), categoryID: 1, area: 30),
            ])
    }

    @Test func keepsTextIdentifiers() throws {
        let dataset = try read(
            """
            {"images": [{"id": "img-1", "file_name": "a.jpg", "width": 9, "height": 9},
                        {"id": 18446744073709551615, "file_name": "b.jpg", "width": 9, "height": 9}],
             "annotations": [{"id": "x", "image_id": 18446744073709551615, "category_id": "car", "bbox": [1,1,3,3]},
                             {"id": 2, "image_id": "img-1", "category_id": "1", "bbox": [1,1,3,3]}],
             "categories": [{"id": "car", "name": "Car"}, {"id": 1, "name": "Dog"}]}
            """)
        #expect(dataset.images.map(\.id) == ["img-1", .number("18446744073709551615")])
        #expect(dataset.annotations[0].id == "x")
        #expect(dataset.annotations[0].image == 1)
        #expect(dataset.annotations[0].category == 0)
        // 1 is taken by the second category.
        #expect(dataset.categories.map(\.number) == [2, 1])
        #expect(dataset.groundTruths(ofImage: 1)[0].categoryID == 2)
        // "1" means the category 1, which is reported.
        #expect(dataset.annotations[1].category == 1)
        #expect(dataset.issues.map(\.kind) == [.looseReference])
    }

    @Test func reportsDoubtfulRecordsAndKeepsThem() throws {
        let dataset = try read(
            """
            {"images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 50},
                        {"id": 1, "file_name": "a.jpg", "width": -1, "height": -1}],
             "categories": [{"id": 1, "name": "cat"}, {"id": 1, "name": "cat"}],
             "annotations": [
              {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1,1,0,3]},
              {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1,1,NaN,3]},
              {"id": 2, "image_id": 1, "category_id": 1},
              {"id": 3, "image_id": 1, "category_id": 1, "bbox": [100,1,5,3]},
              {"id": 4, "image_id": 1, "category_id": 1, "bbox": [90,1,11,3]},
              {"id": 5, "image_id": 1, "category_id": 1, "bbox": [90,1,10.4,3]},
              {"id": 6, "image_id": 1, "category_id": 1, "bbox": [90,1,1,3]},
              {"id": 7, "image_id": 1, "category_id": 1, "bbox": [9,1,9,3], "area": Infinity}]}
            """)
        #expect(dataset.annotations.count == 8)
        #expect(
            dataset.issueCounts == [
                .duplicateCategoryID: 1, .duplicateCategoryName: 1, .duplicateImageID: 1, .duplicateFileName: 1,
                .unknownImageSize: 1, .duplicateAnnotationID: 1, .noArea: 1, .nonFiniteBox: 1, .missingBox: 1,
                .outsideImage: 1, .partlyOutsideImage: 1, .tinyBox: 1, .nonFiniteNumber: 1,
            ])
        let issue = try #require(dataset.issues.first { $0.kind == .partlyOutsideImage })
        #expect(issue.record == "annotations[4] (id 4)")
        #expect(issue.imageFileName == "a.jpg")
        #expect(issue.box == Box(x: 90, y: 1, width: 11, height: 3))
        #expect("\(issue)".contains("clipped"))
        // The box without one and the one that is not finite are no ground truth; the one without area is.
        #expect(dataset.groundTruths(ofImage: 0).map(\.id) == [1, 3, 4, 5, 6, 7])
        let view = dataset.trainingView()
        #expect(view.images == [0])
        #expect(view.objects(at: 0).map(\.annotation) == [4, 5, 7])
        #expect(view.objects(at: 0).first?.box == Box(x: 90, y: 1, width: 10, height: 3))
        #expect(
            view.setAside.map(\.reason) == [
                .noArea, .nonFiniteBox, .missingBox, .outsideImage, .tinyBox, .imageWithoutBoxes,
            ])
        #expect(dataset.trainingView(keepsEmptyImages: true).images == [0, 1])
    }

    @Test func reportsThatEverythingIsACrowd() throws {
        let dataset = try read(
            """
            {"images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9}], "categories": [{"id": 1, "name": "c"}],
             "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1,1,3,3], "iscrowd": 1}]}
            """)
        #expect(dataset.issues.map(\.kind) == [.everyAnnotationIsCrowd])
        #expect(dataset.trainingView().setAside.map(\.reason) == [.crowd, .imageWithoutBoxes])
    }

    @Test func lastOfARepeatedKeyCounts() throws {
        let dataset = try read(
            """
            {"images": [{"id": 1, "id": 2, "file_name": "a.jpg"}], "annotations": null}
            """)
        #expect(dataset.images[0].id == 2)
        #expect(dataset.categories.isEmpty)
    }

    @Test(arguments: [
        ("[{\"image_id\": 1}]", "read it as results"),
        ("{\"annotations\": []}", "no list of images"),
        ("{\"images\": {}}", "a list should stand here, not an object"),
        ("{\"images\": [], \"images\": []}", "stands twice"),
        ("{\"images\": [{\"file_name\": \"a\"}]}", "images[0]: there is no id"),
        ("{\"images\": [{\"id\": 3}]}", "images[0] (id 3): there is no file_name"),
        ("{\"images\": [{\"id\": true, \"file_name\": \"a\"}]}", "an identifier"),
        (
            "{\"images\": [{\"id\": 3, \"file_name\": \"a\", \"width\": \"nine\"}]}",
            "a number should stand here, not a text"
        ),
        ("{\"images\": [{\"id\": 3, \"file_name\": \"a\", \"width\": 9.5}]}", "a whole number"),
        ("{\"images\": [5]}", "images[0]: an object should stand here, not a number"),
        (
            "{\"images\": [], \"categories\": [{\"id\": 1, \"name\": 5}]}",
            "categories[0] (id 1): a text should stand here"
        ),
        (
            "{\"images\": [], \"annotations\": [{\"id\": 4, \"category_id\": 1}]}",
            "annotations[0] (id 4): there is no image_id"
        ),
        (
            "{\"images\": [], \"annotations\": [{\"image_id\": 1, \"category_id\": 1, \"bbox\": [1, 2, 3]}]}",
            "annotations[0]: bbox has 3 numbers"
        ),
        (
            "{\"images\": [], \"annotations\": [{\"image_id\": 1, \"category_id\": 1, \"bbox\": \"1\"}]}",
            "a list should stand here, not a text"
        ),
        ("{\"images\": []} x", "text after the end"),
    ])
    func refusesWhatIsNotCOCO(_ text: String, _ message: String) {
        let error = refusal(text)
        #expect(error?.description.contains(message) == true, "\(error as Any)")
        #expect(error?.line == 1)
    }

    @Test func namesTheRecordOfAnUnknownReference() throws {
        let text = Self.small.replacing("\"image_id\": 5", with: "\"image_id\": 99")
        let error = try #require(refusal(text))
        #expect(error.kind == .unknownReference)
        #expect(error.record == "annotations[1] (id 9007199254740993)")
        #expect(error.line == 3)
        #expect(error.problem == "image_id 99 is not among the images of the file")
        #expect(
            error.byteOffset == text.utf8.count - String(text[text.range(of: "{\"id\": 90")!.lowerBound...]).utf8.count)
        let other = refusal(Self.small.replacing("\"category_id\": 3", with: "\"category_id\": 2"))
        #expect(other?.record == "annotations[0] (id 0)")
    }

    @Test func namesTheLineOfASyntaxError() throws {
        let error = try #require(refusal(Self.small.replacing("600.25,", with: "600.25")))
        #expect(error.kind == .syntax)
        #expect(error.line == 2)
        #expect(error.record == "annotations[0] (id 0)")
    }

    @Test func refusesEveryTruncation() throws {
        let folder = try TemporaryFolder()
        let bytes = Array(Self.small.utf8)
        for count in stride(from: 0, to: bytes.count, by: 3) {
            let path = try folder.write(String(decoding: bytes[..<count], as: UTF8.self))
            let error = caught { _ = try Dataset.read(path) }
            #expect(error?.kind == .syntax, "the first \(count) bytes")
        }
    }

    @Test func namesAMissingFile() {
        let error = caught(FileError.self) { _ = try Dataset.read("/nowhere/annotations.json") }
        #expect(error?.description == "/nowhere/annotations.json: cannot open: No such file or directory")
    }
}
