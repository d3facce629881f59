import NeedletailEvaluation
import NeedletailGeometry
import Testing

@Suite struct PascalVOCTests {
    /// Exact values worked out with fractions by `References/make_analysis.py`.
    @Test func randomCasesAgree() throws {
        let lines = try fixtureFields("voc_cases")
        #expect(lines.count == 400)
        for fields in lines {
            let seed = try #require(UInt64(fields[0]))
            let data = RandomCase(seed: seed)
            var evaluator = try PascalVOCEvaluator(categories: data.categoryIDs)
            for image in data.images {
                try evaluator.add(
                    imageID: image.id, groundTruths: image.groundTruths, detections: image.detections)
            }
            let result = evaluator.metrics()
            try #require(fields.count == 1 + 2 * result.categories.count, "seed \(seed)")
            for (k, category) in result.categories.enumerated() {
                let values = [category.averagePrecision2007, category.averagePrecision2010]
                for (value, field) in zip(values, fields[(1 + 2 * k)...]) {
                    if let recorded = Double(field) {
                        #expect(abs((value ?? -1) - recorded) < 1e-12, "seed \(seed), category \(category.categoryID)")
                    } else {
                        #expect(value == nil && field == "-", "seed \(seed), category \(category.categoryID)")
                    }
                }
            }
        }
    }

    /// Three objects, one difficult. By score: hit, false alarm, difficult (does not count), second hit on the
    /// first object (false alarm), hit. Precision at the two hits 1/1 and 2/4, recall 1/2 and 1.
    @Test func differenceBetweenTheRules() throws {
        var evaluator = try PascalVOCEvaluator(categories: [1])
        func box(_ x: Double) -> Box { Box(x: x, y: 0, width: 10, height: 10) }
        try evaluator.add(
            imageID: 1,
            groundTruths: [
                GroundTruth(id: 1, box: box(0), categoryID: 1), GroundTruth(id: 2, box: box(100), categoryID: 1),
                GroundTruth(id: 3, box: box(200), categoryID: 1, isDifficult: true),
            ],
            detections: [
                Detection(box: box(0), score: 0.9, categoryID: 1), Detection(box: box(50), score: 0.8, categoryID: 1),
                Detection(box: box(200), score: 0.7, categoryID: 1), Detection(box: box(1), score: 0.6, categoryID: 1),
                Detection(box: box(100), score: 0.5, categoryID: 1),
            ])
        let result = evaluator.metrics()
        // Six of the eleven recalls, 0 to 0.5, have precision 1, five have 1/2.
        #expect(result.categories[0].averagePrecision2007 == (6 + 2.5) / 11)
        #expect(result.categories[0].averagePrecision2010 == 0.75)
        #expect(result.categories[0].groundTruthCount == 2 && result.categories[0].difficultCount == 1)
        #expect(result.meanAveragePrecision2010 == 0.75)
    }

    /// Of two objects in one place the first counts, as in the development kit; here it is the difficult one.
    @Test func onEqualOverlapTheFirstObjectCounts() throws {
        var evaluator = try PascalVOCEvaluator(categories: [1])
        let box = Box(x: 0, y: 0, width: 10, height: 10)
        try evaluator.add(
            imageID: 1,
            groundTruths: [
                GroundTruth(id: 1, box: box, categoryID: 1, isDifficult: true),
                GroundTruth(id: 2, box: box, categoryID: 1),
            ],
            detections: [Detection(box: box, score: 0.9, categoryID: 1)])
        #expect(evaluator.metrics().meanAveragePrecision2010 == 0)
    }

    /// Three hits of ten reach a recall of exactly 0.3, so four of the eleven points have precision 1.
    @Test func recallOfThreeTenthsCounts() throws {
        var evaluator = try PascalVOCEvaluator(categories: [1])
        let boxes = (0..<10).map { Box(x: Double($0) * 20, y: 0, width: 10, height: 10) }
        try evaluator.add(
            imageID: 1, groundTruths: boxes.enumerated().map { GroundTruth(id: $0, box: $1, categoryID: 1) },
            detections: boxes.prefix(3).map { Detection(box: $0, score: 0.5, categoryID: 1) })
        #expect(evaluator.metrics().meanAveragePrecision2007 == 4.0 / 11)
        #expect(throws: EvaluationError.self) { try PascalVOCEvaluator(categories: [1], iouThreshold: 0) }
    }
}
