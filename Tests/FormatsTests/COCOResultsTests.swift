import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import ProgramRunner
import Testing

@Suite struct COCOResultsTests {
    @Test func writesAndReads() throws {
        let folder = try TemporaryFolder()
        let categories = try Dataset.read(
            try folder.write(
                "{\"images\": [], \"categories\": [{\"id\": \"car\", \"name\": \"Car\"}, {\"id\": 7, \"name\": \"Dog\"}]}"
            )
        ).categories
        let entries = [
            COCOResults.Entry(
                imageID: 3,
                detection: Detection(box: Box(x: 258.15, y: 41.29, width: 0.1, height: 4), score: 0.236, categoryID: 7)),
            COCOResults.Entry(
                imageID: "x", detection: Detection(box: Box(x: 0, y: 0, width: 1, height: 2), score: 1, categoryID: 1)),
        ]
        let path = folder.path + "/results.json"
        try COCOResults.write(entries, to: path, categories: categories)
        #expect(
            try text(of: path) == """
                [
                {"image_id":3,"category_id":7,"bbox":[258.15,41.29,0.1,4],"score":0.236},
                {"image_id":"x","category_id":"car","bbox":[0,0,1,2],"score":1}
                ]

                """)
        #expect(Array(try COCOResults.read(path, categories: categories)) == entries)
        let error = caught { _ = try COCOResults.read(path) }
        #expect(error?.record == "[1]")
        #expect(error?.kind == .unknownReference)
    }

    /// Three classes and two images, numbered otherwise by another dataset of the same.
    private func dataset(classIDs: [Int], imageIDs: [Int], in folder: TemporaryFolder) throws -> Dataset {
        let classes = zip(classIDs, ["cat", "Big_Dog", "cow"]).map { "{\"id\": \($0), \"name\": \"\($1)\"}" }
        let images = zip(imageIDs, ["a/1.jpg", "b/1.jpg"]).map { "{\"id\": \($0), \"file_name\": \"\($1)\"}" }
        return try Dataset.read(
            try folder.write(
                "{\"images\": [\(images.joined(separator: ","))], \"categories\": [\(classes.joined(separator: ","))]}")
        )
    }

    private func entry(_ image: RecordID, _ category: Int, _ name: String? = nil) -> COCOResults.Entry {
        .init(
            imageID: image,
            detection: Detection(
                box: Box(x: 1, y: 2, width: 3, height: 4), score: 0.5, categoryID: category, categoryName: name))
    }

    /// Names decide, whatever the numbers; without names the numbers are those of the dataset.
    @Test func namesGoBeforeNumbers() throws {
        let folder = try TemporaryFolder()
        let path = folder("results.json")
        var writer = try COCOResultsWriter(path: path)
        try writer.append(entry(1, 3, "cat"), fileName: "b/1.jpg")
        try writer.append(entry(2, 3, "big dog"), fileName: "a/1.jpg")
        // An image that is not known by name is known by its id, and one class stands under its number.
        try writer.append(entry(7, 5), fileName: "c.jpg")
        try writer.finish()
        let other = try dataset(classIDs: [5, 4, 3], imageIDs: [7, 9], in: folder)
        let results = try COCOResults.read(path, of: other)
        #expect(results.map(\.imageID) == [9, 7, 7])
        #expect(results.map(\.detection.categoryID) == [5, 4, 5])
        #expect(results.map(\.detection.categoryName) == ["cat", "Big_Dog", nil])
        // Without a dataset they are as they stand.
        #expect(try COCOResults.read(path).map(\.detection.categoryID) == [3, 3, 5])
        #expect(try COCOResults.read(path).map(\.detection.categoryName) == ["cat", "big dog", nil])
    }

    @Test func classesThatTheDatasetDoesNotHaveAreLeftOutAndCounted() throws {
        let folder = try TemporaryFolder()
        let path = folder("results.json")
        try COCOResults.write([entry(1, 1, "horse"), entry(1, 1, "cat"), entry(2, 1, "horse")], to: path)
        let results = try COCOResults.read(path, of: dataset(classIDs: [1, 2, 3], imageIDs: [1, 2], in: folder))
        #expect(results.count == 1 && results.foreignCategories == ["horse": 2])
        #expect(results.omittedIndices == [0, 2] && results.fileIndex(ofRow: 0) == 1 && results.refusalCount == 0)

        try COCOResults.write([entry(1, 1, "horse")], to: path)
        let error = caught {
            _ = try COCOResults.read(path, of: dataset(classIDs: [1, 2, 3], imageIDs: [1, 2], in: folder))
        }
        #expect(error?.problem.contains("(horse)") == true && error?.problem.contains("cat, Big_Dog, cow") == true)
    }

    /// Detections by file name become a dataset, and results again, of one dataset's numbers or of another's.
    @Test func resultsByNameAreConverted() throws {
        let folder = try TemporaryFolder()
        let path = folder("results.json")
        try COCOResults.write(
            [entry("b/1.jpg", 1, "cow"), entry("a/1.jpg", 2, "cat"), entry("a/1.jpg", 2, "horse")], to: path)
        let truth = try dataset(classIDs: [5, 4, 3], imageIDs: [7, 9], in: folder)
        var options = ReadingOptions()
        options.annotations = folder("dataset.json")
        let converted = try Dataset.read(path, options: options)
        #expect(converted.annotations.map { converted.images[$0.image].id } == [9, 7, 7])
        #expect(converted.annotations.map { converted.categories[$0.category].name } == ["cow", "cat", "horse"])
        #expect(converted.categories.last?.number == 2)
        try converted.write(to: folder("again.json"), format: .cocoResults)
        let again = try COCOResults.read(folder("again.json"), of: truth)
        #expect(again.map(\.detection.categoryID) == [3, 5] && again.foreignCategories == ["horse": 1])
        #expect(try text(of: folder("again.json")).contains("\"file_name\":\"b/1.jpg\""))
        // Of a dataset whose classes are among others, those alone count.
        try converted.write(to: folder("boxes.json"))
        let joined = try COCOResults.read(folder("boxes.json"), of: truth)
        #expect(joined.map(\.detection.categoryID) == [3, 5] && joined.foreignCategories == ["horse": 1])
    }

    @Test func writesAnEmptyList() throws {
        let folder = try TemporaryFolder()
        try COCOResults.write([], to: folder.path + "/results.json")
        #expect(try COCOResults.read(folder.path + "/results.json").isEmpty)
    }

    @Test func leavesNothingBehindWithoutFinish() throws {
        let folder = try TemporaryFolder()
        do {
            var writer = try COCOResultsWriter(path: folder.path + "/results.json")
            try writer.append(
                COCOResults.Entry(
                    imageID: 1, detection: Detection(box: Box(x: 0, y: 0, width: 1, height: 1), score: 1, categoryID: 1)
                ))
        }
        #expect(folder.names() == [])
    }

    @Test(arguments: [
        ("{}", "are a list of image_id"),
        ("[{\"image_id\": 1, \"category_id\": 1, \"score\": 0.5}]", "[0]: there is no bbox"),
        ("[{\"image_id\": 1, \"category_id\": 1, \"bbox\": [1,2,3,4]}]", "[0]: there is no score"),
        ("[{\"image_id\": 1, \"category_id\": 1, \"bbox\": [1,2,3,4], \"score\": NaN}]", "NaN is not JSON"),
        ("[{\"image_id\": 1, \"category_id\": 1, \"bbox\": [1,2,3,4], \"score\": 1}", "truncated"),
    ])
    func refusesWhatIsNotResults(_ text: String, _ message: String) throws {
        let folder = try TemporaryFolder()
        let kept = try folder.write(text)
        let error = caught { _ = try COCOResults.read(kept) }
        #expect(error?.description.contains(message) == true, "\(error as Any)")
    }

    @Test(.enabled(if: SharedData.isThere, Comment(rawValue: SharedData.missing)))
    func readsTheOfficialExample() throws {
        let results = try COCOResults.read(SharedData.cocoExampleResults)
        // The first and last entries as they stand in the file.
        #expect(results.first?.imageID == 42)
        #expect(
            results.first?.detection
                == Detection(box: Box(x: 258.15, y: 41.29, width: 348.26, height: 243.78), score: 0.236, categoryID: 18)
        )
        #expect(results.last?.imageID == 1292)
        #expect(results.last?.detection.score == 0.097)
    }
}
