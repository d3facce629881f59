import Foundation
import NeedletailDatasets
import NeedletailEvaluation
import NeedletailFormats
import NeedletailGeometry
import NeedletailReports
import Testing

struct EvaluationDocumentTests {
    private func json(_ document: EvaluationDocument) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(document))
        return try #require(object as? [String: Any])
    }

    @Test func numbersOfAHandWorkedCase() throws {
        // One of two cats is found before any false alarm: precision is 1 at the recalls 0, 0.01 ... 0.5 and 0 above,
        // at every IoU, so AP = 51 / 101. At IoU 0.5 the best F1 is that of the first detection alone,
        // 2·1 / (2·1 + 0 + 1) = 2/3.
        let document = try json(EvaluationDocument(SmallCase.halfFound.evaluation()))
        let stats = try #require(document["stats"] as? [Double])
        #expect(stats.count == 12)
        #expect(abs(stats[0] - 51.0 / 101) < 1e-12 && abs(stats[8] - 0.5) < 1e-12)
        #expect(stats[3] == -1, "1600 square pixels are medium, so small has nothing to average")
        let best = try #require(document["operatingPoint"] as? [String: Any])
        #expect(best["confidence"] as? Double == 0.9 && best["precision"] as? Double == 1)
        #expect(abs(try #require(best["f1"] as? Double) - 2.0 / 3) < 1e-12)
        let classes = try #require(document["classes"] as? [[String: Any]])
        #expect(classes.map { $0["name"] as? String } == ["cat", "dog"])
        #expect(classes[1]["AP"] == nil && classes[0]["annotations"] as? Int == 2)
        let images = try #require(document["worstImages"] as? [[String: Any]])
        #expect(images.map { $0["fileName"] as? String } == ["two.jpg"])
        #expect(images.first?["missed"] as? Int == 1 && images.first?["wrong"] as? Int == 0)
        let errors = try #require(document["errors"] as? [[String: Any]])
        let counts = Dictionary(
            uniqueKeysWithValues: errors.map { ($0["kind"] as? String ?? "", $0["count"] as? Int ?? -1) })
        #expect(counts["background"] == 1 && counts["missed"] == 1 && counts["classification"] == 0)
        // At the best confidence, 0.9, the false alarm of 0.1 is not made.
        let atBest = Dictionary(
            uniqueKeysWithValues: errors.map {
                ($0["kind"] as? String ?? "", $0["countAtOperatingPoint"] as? Int ?? -1)
            })
        #expect(atBest["background"] == 0 && atBest["missed"] == 1)
        #expect(document["precisionRecallCurves"] == nil)
    }

    @Test func sizesAreMeansOverCategoriesAsTheTwelveNumbers() throws {
        let evaluation = try SmallCase.halfFound.evaluation()
        let statistics = evaluation.metrics.statistics
        let sizes = evaluation.sizes
        #expect(sizes.map(\.range.label) == ["all", "small", "medium", "large"])
        #expect(abs((sizes[0].averagePrecision ?? -1) - statistics.averagePrecision) < 1e-12)
        #expect(abs((sizes[2].averagePrecision ?? -1) - statistics.averagePrecisionMedium) < 1e-12)
        #expect(abs((sizes[2].averageRecall ?? -1) - statistics.averageRecallMedium) < 1e-12)
        #expect(sizes[1].averagePrecision == nil && sizes[3].averageRecall == nil)
    }

    @Test func curvesAreIncludedOnRequest() throws {
        let document = try json(EvaluationDocument(SmallCase.halfFound.evaluation(), includesCurves: true))
        let curves = try #require(document["precisionRecallCurves"] as? [[String: Any]])
        #expect(curves.map { $0["iouThreshold"] as? Double } == [0.5, 0.75, 0.9, nil])
        let precision = try #require(curves[0]["precision"] as? [Double])
        #expect(precision.count == 101 && precision[50] > 0.999 && precision[51] == 0)
        #expect((document["confidenceCurve"] as? [[String: Any]])?.count == 2)
    }

    @Test func confusionNamesThePair() throws {
        var data = SmallCase.halfFound
        data.object(1, 2, 200, 200)
        data.detection(1, 1, 200, 200, score: 0.95)
        let document = try json(EvaluationDocument(data.evaluation()))
        let pairs = try #require(document["confusedPairs"] as? [[String: Any]])
        #expect(pairs.count == 1 && pairs[0]["truth"] as? String == "dog" && pairs[0]["detected"] as? String == "cat")
        let confusion = try #require(document["confusion"] as? [String: Any])
        #expect(confusion["labels"] as? [String] == ["cat", "dog", "background"])
        // The best F1 keeps the detections at 0.95 and 0.9: one cat found, one missed, the dog taken for a cat.
        #expect(confusion["counts"] as? [[Int]] == [[1, 0, 1], [1, 0, 0], [0, 0, 0]])
    }

    @Test func comparisonIsOursMinusTheOther() throws {
        var better = SmallCase.halfFound
        better.detection(2, 1, 100, 100, score: 0.85)
        let comparison = EvaluationComparison(try SmallCase.halfFound.evaluation(), with: try better.evaluation())
        // Both found before the false alarm: AP is 1.
        #expect(abs((comparison.differences[0] ?? 0) - (51.0 / 101 - 1)) < 1e-9)
        #expect(comparison.names[6...8] == ["AR1", "AR10", "AR100"])
        #expect(comparison.differences[3] == nil)
        #expect(comparison.categories.map(\.name) == ["cat", "dog"])
        #expect(comparison.categories[1].difference == nil)
        let document = try json(EvaluationDocument(SmallCase.halfFound.evaluation(), comparison: comparison))
        #expect((document["comparison"] as? [String: Any])?["other"] as? String == "found.json")
    }

    static let real =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path + "/shared/data/datasets/coco_api_100"

    @Test(.enabled(if: FileManager.default.fileExists(atPath: real), "the COCO API's example data is not here"))
    func numbersOfTheCOCOExample() throws {
        let dataset = try Dataset.read(Self.real + "/instances_val2014_100.json")
        let path = Self.real + "/instances_val2014_fakebbox100_results.json"
        let input = try EvaluationInput(
            dataset: dataset, results: COCOResults.read(path, categories: dataset.categories), detectionsPath: path)
        let evaluation = try DetectionEvaluation(input)
        // As the example of the COCO API prints them.
        #expect(evaluation.metrics.summary.contains("area=   all | maxDets=100 ] = 0.505\n"))
        #expect(evaluation.metrics.findings.map(\.kind) == [.crowdsAmongObjects, .categoryWithoutGroundTruth])
        try expectWellFormed(EvaluationPage(evaluation).html())
    }
}
