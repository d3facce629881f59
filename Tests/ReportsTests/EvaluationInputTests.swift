import NeedletailDatasets
import NeedletailEvaluation
import NeedletailFormats
import NeedletailGeometry
import NeedletailReports
import ProgramRunner
import Testing

struct EvaluationInputTests {
    /// A record that no metric is defined for, what its message must say, and what it counts as.
    struct BadRecord: Sendable, CustomTestStringConvertible {
        var entry: COCOResults.Entry
        var kind: RecordWarning.Kind
        var words: [String]
        var testDescription: String { kind.rawValue }

        init(
            _ kind: RecordWarning.Kind, image: RecordID = 1, category: Int = 1, width: Double = 40, score: Double = 0.5,
            words: [String]
        ) {
            entry = .init(
                imageID: image,
                detection: Detection(
                    box: Box(x: 0, y: 0, width: width, height: 40), score: score, categoryID: category))
            self.kind = kind
            self.words = words
        }
    }

    static let badRecords = [
        BadRecord(.unknownImage, image: 7, words: ["no image 7"]),
        BadRecord(.unknownImage, image: "three.jpg", words: ["three.jpg"]),
        BadRecord(.unknownCategory, category: 0, words: ["no category 0", "1 cat, 2 dog", "counted from 0"]),
        BadRecord(.nonFiniteBox, width: .nan, words: ["not finite"]),
        BadRecord(.nonFiniteBox, width: .infinity, words: ["not finite"]),
        BadRecord(.negativeSize, width: -3, words: ["negative side", "[left, top, width, height]"]),
        BadRecord(.nonFiniteScore, score: .nan, words: ["score nan"]),
        BadRecord(.nonFiniteScore, score: .infinity, words: ["score inf"]),
    ]

    @Test(arguments: badRecords) func badDetectionIsAnErrorThatNamesIt(_ bad: BadRecord) throws {
        var data = SmallCase.halfFound
        data.entries.append(bad.entry)
        let error = try #require(throws: AnnotationError.self) { try data.input() }
        #expect(error.description.hasPrefix("found.json: [2] "))
        for word in bad.words { #expect(error.description.contains(word), "\(error)") }
    }

    @Test(arguments: badRecords) func badDetectionIsACountedWarningWhenLenient(_ bad: BadRecord) throws {
        var data = SmallCase.halfFound
        let clean = try data.evaluation().metrics.stats
        data.entries.insert(bad.entry, at: 0)
        data.entries.append(bad.entry)
        let input = try data.input(isLenient: true)
        #expect(input.warnings.map(\.kind) == [bad.kind])
        #expect(input.warnings.first?.count == 2)
        #expect(input.detectionCount == 2)
        #expect(try DetectionEvaluation(input).metrics.stats == clean)
    }

    @Test func noDetectionsAreAnErrorOrCountedZero() throws {
        var data = SmallCase.halfFound
        data.entries = []
        let error = try #require(throws: AnnotationError.self) { try data.input() }
        #expect(error.description.contains("found.json: there are no detections"))
        let input = try data.input(isLenient: true)
        #expect(input.warnings.map(\.kind) == [.noDetections])
        #expect(try DetectionEvaluation(input).metrics.statistics.averagePrecision == 0)
    }

    @Test func noAnnotationsAreAnError() throws {
        var data = SmallCase.halfFound
        data.annotations = []
        #expect(throws: AnnotationError.self) { try data.input() }
    }

    @Test func imagesAreFoundByNameLastComponentOrStem() throws {
        var data = SmallCase()
        data.imageNames = ["a/one.jpg", "b/two.png", "b/one.png", "three.x.jpg"]
        for image in 1...4 { data.object(image, 1, 10, 10) }
        data.detection("a/one.jpg", 1, 10, 10, score: 0.9)
        data.detection("two", 1, 10, 10, score: 0.9)
        data.detection("one.png", 1, 10, 10, score: 0.9)
        data.detection("three.x", 1, 10, 10, score: 0.9)
        let input = try data.input()
        #expect((0..<4).map { input.detections(ofImage: $0).count } == [1, 1, 1, 1])
        #expect(input.warnings.isEmpty)

        data.detection("one", 1, 10, 10, score: 0.9)
        let error = try #require(throws: AnnotationError.self) { try data.input() }
        #expect(error.description.contains("no image \"one\""))
    }

    @Test func numbersWrittenAsTextMatchWithAWarning() throws {
        var data = SmallCase.halfFound
        data.entries[0].imageID = "1"
        let input = try data.input()
        #expect(input.detections(ofImage: 0).count == 1)
        #expect(input.warnings.map(\.kind) == [.looseReference])
    }

    @Test func orderOfTheFileIsKeptWithinAnImage() throws {
        var data = SmallCase.halfFound
        data.entries = []
        for (index, image) in [2, 1, 2, 1, 1].enumerated() {
            data.detection(.integer(image), 1, Double(index), 0, score: 0.01 * Double(index))
        }
        let input = try data.input()
        #expect(input.detections(ofImage: 0).map(\.box.x) == [1, 3, 4])
        #expect(input.detections(ofImage: 1).map(\.box.x) == [0, 2])
        #expect(input.scores == 0...0.04)
    }

    @Test func cornersAndSharesAreRecognised() throws {
        var corners = SmallCase.halfFound
        var shares = SmallCase.halfFound
        corners.entries = []
        shares.entries = []
        for step in 0..<12 {
            let x = 150 + Double(step) * 15
            corners.entries.append(
                .init(
                    imageID: 1,
                    detection: Detection(
                        box: Box(x: x, y: 200, width: x + 50, height: 260), score: 0.05 * Double(step), categoryID: 1)))
            shares.detection(1, 1, 0.4, 0.5, score: 0.05 * Double(step), side: 0.2)
        }
        #expect(try corners.input().warnings.map(\.kind) == [.boxFormat])
        #expect(try shares.input().warnings.map(\.kind) == [.boxFormat])
        #expect(try SmallCase.halfFound.input().warnings.isEmpty)
    }

    @Test func scoresThatWereCutOffAreNoticed() throws {
        var data = SmallCase.halfFound
        data.entries[1].detection.score = 0.5
        #expect(try data.input().warnings.map(\.kind) == [.scoreCutOff])
        // Of two images the one has as many as are counted, and then both.
        for (image, warnings) in [(1, [RecordWarning.Kind.scoreCutOff]), (2, [])] {
            for place in 0..<100 { data.detection(.integer(image), 1, Double(place), 200, score: 0.6) }
            #expect(try data.input().warnings.map(\.kind) == warnings)
        }
    }

    @Test func groundTruthFaultsAreErrorsThatNameTheRecord() throws {
        let folder = try TemporaryFolder()
        func read(_ annotations: String) throws -> Dataset {
            try Dataset.read(
                folder.write(
                    """
                    {"images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9}],
                     "categories": [{"id": 1, "name": "x"}], "annotations": [\(annotations)]}
                    """, to: "truth.json"))
        }
        let good = #"{"id": 5, "image_id": 1, "category_id": 1, "bbox": [0, 0, 4, 4]}"#
        let results = COCOResults([
            .init(
                imageID: 1, detection: Detection(box: Box(x: 0, y: 0, width: 4, height: 4), score: 0.1, categoryID: 1))
        ])
        let faults: [(text: String, kind: RecordWarning.Kind, kept: Int)] = [
            (good, .duplicateAnnotation, 2),
            (#"{"id": 6, "image_id": 1, "category_id": 1}"#, .missingBox, 1),
            (#"{"id": 6, "image_id": 1, "category_id": 1, "bbox": [0, 0, NaN, 4]}"#, .nonFiniteBox, 1),
            (#"{"id": 6, "image_id": 1, "category_id": 1, "bbox": [5, 0, -4, 4]}"#, .negativeSize, 1),
            (#"{"id": 6, "image_id": 1, "category_id": 1, "bbox": [5, 0, 4, 4], "area": -1}"#, .negativeArea, 1),
        ]
        for fault in faults {
            let dataset = try read("\(good), \(fault.text)")
            let error = try #require(throws: AnnotationError.self) {
                try EvaluationInput(dataset: dataset, results: results, detectionsPath: "found.json")
            }
            #expect(error.file.hasSuffix("truth.json"))
            #expect(error.record?.hasPrefix("annotations[1]") == true, "\(error)")
            #expect(error.remedy != nil)
            let input = try EvaluationInput(
                dataset: dataset, results: results, detectionsPath: "found.json", isLenient: true)
            #expect(input.warnings.map(\.kind) == [fault.kind])
            #expect(input.annotationCount == fault.kept)
            #expect(throws: Never.self) { try input.cocoEvaluator() }
        }
    }

    @Test func lenientReadingPassesOverWhatIsNoResult() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            """
            [{"image_id": 1, "category_id": 1, "bbox": [10, 10, 40, 40]},
             {"image_id": 1, "category_id": 1, "bbox": [10, 10, 40, 40], "score": 0.9},
             {"image_id": 1, "category_id": 1, "bbox": [10, 10, 40], "score": 0.9}, 17,
             {"image_id": 1, "category_id": 1, "bbox": [10, 10, 40, 40], "score": NaN},
             {"image_id": {"a": [1]}, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.1},
             {"image_id": 2, "category_id": 1, "bbox": [300, 200, 40, 40], "score": 0.1}]
            """, to: "found.json")
        let strict = try #require(throws: AnnotationError.self) { try COCOResults.read(path) }
        #expect(strict.description.contains("[0]: there is no score"))

        let results = try COCOResults.read(path, isLenient: true)
        #expect(results.count == 3)
        #expect(results.omittedIndices == [0, 2, 3, 5])
        #expect((0..<3).map { results.fileIndex(ofRow: $0) } == [1, 4, 6])
        let input = try EvaluationInput(
            dataset: SmallCase.halfFound.dataset, results: results, detectionsPath: path, isLenient: true)
        #expect(input.warnings.map(\.kind) == [.malformedDetection, .nonFiniteScore])
        #expect(input.warnings.map(\.count) == [4, 1])
        #expect(input.warnings.last?.examples.first?.record?.hasPrefix("[4]") == true)
        #expect(try DetectionEvaluation(input).metrics.stats == SmallCase.halfFound.evaluation().metrics.stats)
    }
}
