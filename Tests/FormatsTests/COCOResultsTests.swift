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
