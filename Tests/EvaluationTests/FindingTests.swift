import NeedletailEvaluation
import NeedletailGeometry
import Testing

@Suite struct FindingTests {
    typealias Kind = EvaluationFinding.Kind

    private func box(_ x: Double, side: Double = 10) -> Box { Box(x: x, y: 0, width: side, height: side) }

    private func result(
        _ truths: [GroundTruth], _ detections: [Detection], options: COCOOptions = COCOOptions(),
        categories: [Int] = [1]
    ) throws -> COCOMetrics {
        var evaluator = try COCOEvaluator(categories: categories, options: options)
        try evaluator.add(imageID: 1, groundTruths: truths, detections: detections)
        return evaluator.metrics()
    }

    private func truth(_ id: Int, _ x: Double, area: Double? = nil, side: Double = 10) -> GroundTruth {
        GroundTruth(id: id, box: box(x, side: side), categoryID: 1, area: area)
    }

    private func detection(_ x: Double, _ score: Double, side: Double = 10, category: Int = 1) -> Detection {
        Detection(box: box(x, side: side), score: score, categoryID: category)
    }

    @Test func cleanDataHasNone() throws {
        let result = try result([truth(1, 0), truth(2, 50)], [detection(0, 0.9), detection(50, 0.8)])
        #expect(result.findings.isEmpty)
        // A lone first hit has precision 1 / (1 + ε), so that one of the 101 recalls can stay a bit below 1.
        #expect(abs(result.stats[0] - 1) < 1e-12)
    }

    /// Two objects, both found; the one with id 0 counts as a false alarm and as not found.
    @Test func zeroID() throws {
        let truths = [truth(0, 0), truth(2, 50)]
        let detections = [detection(0, 0.9), detection(50, 0.8)]
        let reference = try result(truths, detections)
        // Recall 1/2 at precision 1/2: 51 of 101 recalls.
        #expect(abs(reference.stats[0] - 51 * 0.5 / 101) < 1e-12)
        let finding = try #require(reference.findings.first)
        #expect(reference.findings.count == 1 && finding.kind == .zeroGroundTruthID && finding.count == 1)
        #expect(abs(finding.effect - (1 - 51 * 0.5 / 101)) < 1e-12)

        let corrected = try result(truths, detections, options: COCOOptions(conformance: .corrected))
        #expect(corrected.stats == finding.statistics && corrected.findings.isEmpty)
    }

    @Test func limitsWithoutHundred() throws {
        let options = COCOOptions(detectionLimits: [300, 10, 1])
        let reference = try result([truth(1, 0)], [detection(0, 0.9)], options: options)
        #expect(reference.stats[0] == -1 && reference.findings.map(\.kind) == [.limitsWithoutHundred])
        #expect(reference.summary.contains("maxDets=100 ] = -1.000"))
        #expect(abs(reference.findings[0].statistics[0] - 1) < 1e-12)

        let corrected = try result(
            [truth(1, 0)], [detection(0, 0.9)],
            options: COCOOptions(detectionLimits: [300, 10, 1], conformance: .corrected))
        #expect(abs(corrected.stats[0] - 1) < 1e-12 && corrected.summary.contains("maxDets=300 ] = 1.000"))
    }

    /// The hundred best detections of the image are false alarms, the next finds the object.
    @Test func detectionsBeyondLimit() throws {
        let alarms = (0..<100).map { detection(1000 + 20 * Double($0), 0.9) }
        let result = try result([truth(1, 0)], alarms + [detection(0, 0.5)])
        #expect(result.stats[0] == 0 && result.findings.map(\.kind) == [.detectionsBeyondLimit])
        #expect(result.findings[0].count == 1 && abs(result.findings[0].effect - 1.0 / 101) < 1e-12)
    }

    /// A found object of exactly 32² pixels counts as small and medium; a missed small one makes that visible.
    @Test func areaOnBound() throws {
        let result = try result([truth(1, 0, side: 32), truth(2, 100, side: 8)], [detection(0, 0.9, side: 32)])
        let finding = try #require(result.findings.first { $0.kind == .areaOnBound })
        #expect(result.stats[4] > 0.99 && result.stats[9] == 0.5 && finding.differences[9] == -0.5)
        #expect(finding.count == 2 && finding.effect == 0)
    }

    @Test func zeroAreaField() throws {
        let result = try result([truth(1, 0, area: 0, side: 50)], [detection(0, 0.9, side: 50)])
        let finding = try #require(result.findings.first { $0.kind == .zeroAreaField })
        // Ranged by its box it is a medium object that was found.
        #expect(finding.statistics[10] == 1 && result.stats[10] == -1)
    }

    @Test func emptyGroundTruthBox() throws {
        let empty = GroundTruth(id: 2, box: Box(x: 5, y: 5, width: 0, height: 3), categoryID: 1)
        let result = try result([truth(1, 0), empty], [detection(0, 0.9)])
        let finding = try #require(result.findings.first { $0.kind == .emptyGroundTruthBox })
        #expect(result.stats[8] == 0.5 && finding.statistics[8] == 1)
    }

    /// A hit, and before it a detection on a crowd: precision 1 with the crowd, 1/2 without.
    @Test func crowdsAmongObjects() throws {
        let crowd = GroundTruth(id: 2, box: box(100, side: 50), categoryID: 1, isCrowd: true)
        let result = try result([truth(1, 0), crowd], [detection(110, 0.95), detection(0, 0.9)])
        let finding = try #require(result.findings.first)
        #expect(result.findings.count == 1 && finding.kind == .crowdsAmongObjects && finding.count == 1)
        #expect(abs(result.stats[0] - 1) < 1e-12 && abs(finding.statistics[0] - 0.5) < 1e-12)
        #expect(finding.description.hasPrefix("1 crowd takes in detections"))
    }

    @Test func categoryWithoutGroundTruth() throws {
        let result = try result(
            [truth(1, 0)], [detection(0, 0.9), detection(0, 0.9, category: 2)], categories: [1, 2, 3])
        let finding = try #require(result.findings.first)
        #expect(finding.kind == .categoryWithoutGroundTruth && finding.count == 1)
        #expect(abs(finding.effect + 0.5) < 1e-12 && finding.description.contains("AP -0.5000"))
        #expect(result.categories.map(\.averagePrecision).map { $0 == nil } == [false, true, true])
    }
}
