import NeedletailEvaluation
import NeedletailGeometry
import Testing

@Suite struct InputTests {
    static let good = Box(x: 0, y: 0, width: 4, height: 4)
    typealias Problem = InvalidRecord.Problem

    static let badTruths: [(Problem, GroundTruth)] = [
        (.unknownCategory, GroundTruth(id: 5, box: good, categoryID: 9)),
        (.nonFiniteBox, GroundTruth(id: 5, box: Box(x: .nan, y: 0, width: 1, height: 1), categoryID: 1, area: 1)),
        (.negativeSize, GroundTruth(id: 5, box: Box(x: 0, y: 0, width: -1, height: 1), categoryID: 1, area: 1)),
        (.invalidArea, GroundTruth(id: 5, box: good, categoryID: 1, area: .nan)),
        (.invalidArea, GroundTruth(id: 5, box: good, categoryID: 1, area: -1)),
        (.duplicateGroundTruthID, GroundTruth(id: 1, box: good, categoryID: 1)),
    ]
    static let badDetections: [(Problem, Detection)] = [
        (.unknownCategory, Detection(box: good, score: 0.5, categoryID: 9)),
        (.nonFiniteScore, Detection(box: good, score: .nan, categoryID: 1)),
        (.nonFiniteScore, Detection(box: good, score: .infinity, categoryID: 1)),
        (.nonFiniteBox, Detection(box: Box(x: 0, y: 0, width: .infinity, height: 1), score: 0.5, categoryID: 1)),
        (.negativeSize, Detection(box: Box(x: 0, y: 0, width: 1, height: -2), score: 0.5, categoryID: 1)),
    ]

    private func evaluator(_ policy: InputPolicy) throws -> COCOEvaluator {
        var evaluator = try COCOEvaluator(categories: [1], options: COCOOptions(inputPolicy: policy))
        try evaluator.add(
            imageID: 7, groundTruths: [GroundTruth(id: 1, box: Self.good, categoryID: 1)],
            detections: [Detection(box: Self.good, score: 0.9, categoryID: 1)])
        return evaluator
    }

    @Test func badRecordsAreNamedAndLeaveNoTrace() throws {
        let fine = GroundTruth(id: 2, box: Self.good, categoryID: 1)
        for (problem, truth) in Self.badTruths {
            var evaluator = try evaluator(.fail)
            let error = #expect(throws: EvaluationError.self) {
                try evaluator.add(imageID: 8, groundTruths: [fine, truth], detections: [])
            }
            guard case .invalidRecord(let record) = error else { continue }
            #expect(record.problem == problem && record.imageID == 8 && record.index == 1)
            #expect(record.groundTruthID == truth.id && record.description.contains("image 8"))
            // Neither the record before the bad one nor its id was kept.
            #expect(evaluator.imageCount == 1 && evaluator.groundTruthCount == 1)
            try evaluator.add(imageID: 8, groundTruths: [fine], detections: [])
            #expect(evaluator.groundTruthCount == 2)
        }
        for (problem, detection) in Self.badDetections {
            var evaluator = try evaluator(.fail)
            let error = #expect(throws: EvaluationError.self) {
                try evaluator.add(imageID: 8, groundTruths: [fine], detections: [detection])
            }
            guard case .invalidRecord(let record) = error else { continue }
            #expect(record.problem == problem && record.source == .detection && record.index == 0)
            #expect(evaluator.groundTruthCount == 1 && evaluator.detectionCount == 1)
        }
    }

    @Test func badRecordsAreSkippedAndCounted() throws {
        var evaluator = try evaluator(.skip)
        let clean = evaluator.metrics().stats
        try evaluator.add(
            imageID: 8, groundTruths: Self.badTruths.map(\.1), detections: Self.badDetections.map(\.1))
        #expect(evaluator.groundTruthCount == 1 && evaluator.detectionCount == 1 && evaluator.imageCount == 2)
        let counts = Dictionary(uniqueKeysWithValues: evaluator.warnings.map { ($0.problem, $0.count) })
        #expect(
            counts == [
                .unknownCategory: 2, .nonFiniteBox: 2, .negativeSize: 2, .invalidArea: 2,
                .duplicateGroundTruthID: 1, .nonFiniteScore: 2,
            ])
        let result = evaluator.metrics()
        #expect(result.stats == clean && result.warnings == evaluator.warnings)
        #expect(result.warnings[0].description.contains("left out"))
    }

    @Test func imageGivenTwiceIsRefused() throws {
        var strict = try evaluator(.fail)
        let error = #expect(throws: EvaluationError.self) {
            try strict.add(imageID: 7, groundTruths: [], detections: [])
        }
        #expect(error?.description == "image 7: the image was already added; give all records of an image in one call")
        var lenient = try evaluator(.skip)
        try lenient.add(
            imageID: 7, groundTruths: [], detections: [Detection(box: Self.good, score: 1, categoryID: 1)])
        #expect(lenient.detectionCount == 1 && lenient.warnings.first?.problem == .duplicateImage)
    }

    @Test func contradictorySettingsAreRefused() {
        let bad = [
            COCOOptions(iouThresholds: []), COCOOptions(iouThresholds: [0.5, .nan]),
            COCOOptions(iouThresholds: [0.6, 0.5]), COCOOptions(recallThresholds: [0.5, 0.5]),
            COCOOptions(areaRanges: []), COCOOptions(areaRanges: [.all, .all]),
            COCOOptions(areaRanges: [.init(label: "x", lower: 2, upper: 1)]),
            COCOOptions(detectionLimits: []), COCOOptions(detectionLimits: [0, 1]),
            COCOOptions(detectionLimits: [10, 10]),
        ]
        for options in bad {
            #expect(throws: EvaluationError.self) { try COCOEvaluator(categories: [1], options: options) }
        }
    }

    @Test func nothingAtAllIsMinusOne() throws {
        let empty = try COCOEvaluator(categories: [Int](), options: COCOOptions()).metrics()
        #expect(empty.stats == [Double](repeating: -1, count: 12))
        let analysis = try COCOEvaluator(categories: [3]).errorAnalysis()
        #expect(analysis.averagePrecision == 0 && analysis.overall.best == nil && analysis.images.isEmpty)
    }
}
