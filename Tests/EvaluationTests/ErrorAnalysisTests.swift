import NeedletailEvaluation
import NeedletailGeometry
import Testing

@Suite struct ErrorAnalysisTests {
    private func box(_ x: Double, width: Double = 10) -> Box { Box(x: x, y: 0, width: width, height: 10) }

    private func truth(_ id: Int, _ x: Double, category: Int = 1, isCrowd: Bool = false, width: Double = 10)
        -> GroundTruth
    {
        GroundTruth(id: id, box: box(x, width: width), categoryID: category, isCrowd: isCrowd)
    }

    private func detection(_ x: Double, _ score: Double, category: Int = 1, width: Double = 10) -> Detection {
        Detection(box: box(x, width: width), score: score, categoryID: category)
    }

    /// Counts and costs of tidecv; the fixture is written by `References/make_analysis.py`.
    @Test func randomCasesAgreeWithTIDE() throws {
        let lines = try fixtureFields("tide_cases")
        #expect(lines.count == 400)
        let kinds: [ErrorKind] = [.classification, .localization, .both, .duplicate, .background, .missed]
        for fields in lines {
            let seed = try #require(UInt64(fields[0]))
            let numbers = fields.dropFirst().compactMap { Double($0) }
            try #require(numbers.count == 15)
            let data = RandomCase(seed: seed)
            var evaluator = try COCOEvaluator(categories: data.categoryIDs)
            for image in data.images {
                try evaluator.add(
                    imageID: image.id, groundTruths: image.groundTruths, detections: image.detections)
            }
            let analysis = try evaluator.errorAnalysis(ErrorAnalysisOptions(detectionLimit: 1000))
            #expect(abs(analysis.averagePrecision - numbers[6]) < 1e-9, "seed \(seed)")
            for (i, kind) in kinds.enumerated() {
                let cost = try #require(analysis.costs[kind])
                #expect(cost.count == Int(numbers[i]), "seed \(seed), \(kind)")
                #expect(abs(cost.averagePrecisionCost - numbers[7 + i]) < 1e-9, "seed \(seed), cost of \(kind)")
            }
            #expect(abs(analysis.falsePositiveCost - numbers[13]) < 1e-9, "seed \(seed)")
            #expect(abs(analysis.falseNegativeCost - numbers[14]) < 1e-9, "seed \(seed)")
        }
    }

    /// One error of each kind, one image each, and what mending each brings.
    ///
    /// Category 1 has six objects, two found (0.95, 0.90); category 2 has one, not found by a detection of its own.
    @Test func oneErrorOfEachKind() throws {
        var evaluator = try COCOEvaluator(categories: [1, 2])
        // Found, and a duplicate of it.
        try evaluator.add(
            imageID: 1, groundTruths: [truth(1, 0)], detections: [detection(0, 0.95), detection(1, 0.85)])
        // IoU 1/3 with the right category: mislocated.
        try evaluator.add(imageID: 2, groundTruths: [truth(2, 0)], detections: [detection(5, 0.8)])
        // In place, of the wrong category.
        try evaluator.add(imageID: 3, groundTruths: [truth(3, 0, category: 2)], detections: [detection(0, 0.7)])
        // IoU 1/3 with the wrong category; the object is missed.
        try evaluator.add(
            imageID: 4, groundTruths: [truth(4, 0)], detections: [detection(5, 0.6, category: 2)])
        // Far from everything; the object is missed.
        try evaluator.add(imageID: 5, groundTruths: [truth(5, 0)], detections: [detection(500, 0.5)])
        // Found.
        try evaluator.add(imageID: 6, groundTruths: [truth(6, 0)], detections: [detection(0, 0.9)])
        // Absorbed by a crowd: no error.
        try evaluator.add(
            imageID: 7, groundTruths: [truth(7, 0, isCrowd: true, width: 100)], detections: [detection(30, 0.99)])

        let analysis = try evaluator.errorAnalysis()
        let counts = analysis.costs.mapValues(\.count)
        #expect(
            counts == [
                .duplicate: 1, .localization: 1, .classification: 1, .both: 1, .background: 1, .missed: 2,
            ])
        // Category 1: five objects, outcomes by score T T F(dup) F(loc) F(cls) F(bkg): recall 2/5 at precision 1,
        // 41 of 101 recalls. Category 2: none found.
        let base = 41.0 / 101 / 2
        #expect(abs(analysis.averagePrecision - base) < 1e-9)
        func expect(_ kind: ErrorKind, _ averagePrecision: Double) {
            let cost = analysis.costs[kind]?.averagePrecisionCost ?? -9
            #expect(abs(cost - (averagePrecision - base)) < 1e-9, "\(kind): \(cost)")
        }
        // The mended detection is a third hit at rank 4: precision 3/4 from recall 0.41 to 0.6, 20 more recalls.
        expect(.localization, (41 + 20 * 0.75) / 101 / 2)
        // It becomes the second detection of category 2 (0.7 before 0.6) and finds its only object: AP 1.
        expect(.classification, (41.0 / 101 + 1) / 2)
        // Taking away what comes after the last hit changes nothing.
        expect(.duplicate, base)
        expect(.both, base)
        expect(.background, base)
        // Two of five objects need not be found: recall 2/3, 67 of 101 recalls.
        expect(.missed, 67.0 / 101 / 2)
        #expect(analysis.examples[.localization]?.first?.imageID == 2)
        #expect(analysis.examples[.localization]?.first?.iou == 50.0 / 150)
        #expect(analysis.examples[.missed]?.map(\.groundTruth?.id) == [4, 5])
        #expect(analysis.examples[.duplicate]?.first?.groundTruth?.id == 1)
        #expect(analysis.categories[1].errorCounts == [.both: 1])
    }

    /// By score: hit 0.9, false 0.8, hit 0.7, hit 0.6 with a false alarm of the same score, false 0.1; four objects.
    @Test func confidenceCurveAndBestF1() throws {
        var evaluator = try COCOEvaluator(categories: [1])
        try evaluator.add(
            imageID: 1, groundTruths: (0..<4).map { truth($0, Double($0) * 100) },
            detections: [
                detection(0, 0.9), detection(50, 0.8), detection(100, 0.7), detection(200, 0.6),
                detection(250, 0.6), detection(350, 0.1),
            ])
        let analysis = try evaluator.errorAnalysis()
        let curve = analysis.overall
        #expect(curve.points.map(\.confidence) == [0.9, 0.8, 0.7, 0.6, 0.1])
        #expect(curve.points.map(\.truePositives) == [1, 1, 2, 3, 3])
        #expect(curve.points.map(\.falsePositives) == [0, 1, 1, 2, 3])
        // F1 = 2 TP / (TP + FP + 4): 2/5, 2/6, 4/7, 6/9, 6/10.
        #expect(curve.best?.confidence == 0.6 && curve.best?.f1 == 6.0 / 9 && curve.best?.recall == 0.75)
        #expect(analysis.operatingConfidence == 0.6 && analysis.categories[0].curve == curve)
        #expect(analysis.categories[0].truePositives == 3 && analysis.categories[0].falseNegatives == 1)
        #expect(analysis.images[0].errorCount == 3 && analysis.images[0].f1 == 6.0 / 9)

        let thin = try evaluator.errorAnalysis(ErrorAnalysisOptions(maximumCurvePoints: 3)).overall
        #expect(thin.points.map(\.confidence) == [0.9, 0.6, 0.1] && thin.best == curve.best)
    }

    /// One hit of two objects, or both with two false alarms: F1 is 2/3 either way, and the confident one is taken.
    @Test func ofEqualF1TheMoreConfidentIsBest() throws {
        var evaluator = try COCOEvaluator(categories: [1])
        try evaluator.add(
            imageID: 1, groundTruths: [truth(1, 0), truth(2, 100)],
            detections: [
                detection(0, 0.9), detection(200, 0.8), detection(300, 0.7), detection(100, 0.6),
            ])
        let curve = try evaluator.errorAnalysis().overall
        #expect(curve.points.map(\.f1) == [2.0 / 3, 0.5, 0.4, 2.0 / 3] && curve.best?.confidence == 0.9)
    }

    /// Every point of a curve against a new evaluation of the detections that its confidence keeps.
    @Test func curvesAgreeWithFilteredData() throws {
        for seed in UInt64(0)..<60 {
            let data = RandomCase(seed: seed)
            func analysis(from confidence: Double) throws -> ErrorAnalysis {
                var evaluator = try COCOEvaluator(categories: data.categoryIDs)
                for image in data.images {
                    try evaluator.add(
                        imageID: image.id, groundTruths: image.groundTruths,
                        detections: image.detections.filter { $0.score >= confidence })
                }
                return try evaluator.errorAnalysis(
                    ErrorAnalysisOptions(operatingPoint: .confidence(confidence), maximumCurvePoints: 6))
            }
            for point in try analysis(from: -1).overall.points {
                let filtered = try analysis(from: point.confidence)
                #expect(filtered.overall.points.last == point, "seed \(seed)")
                #expect(filtered.categories.reduce(0) { $0 + $1.truePositives } == point.truePositives)
                #expect(filtered.images.reduce(0) { $0 + $1.falsePositiveCount } == point.falsePositives)
                let whole = try #require(filtered.sizes.first)
                #expect(whole.found == point.truePositives && whole.groundTruthCount == point.groundTruths)
            }
        }
    }

    /// The AP of the analysis is COCO's AP50, whatever the data, when ids do not interfere.
    @Test func averagePrecisionIsThatOfCOCO() throws {
        for seed in UInt64(0)..<300 {
            let data = RandomCase(seed: seed)
            var evaluator = try COCOEvaluator(
                categories: data.categoryIDs, options: COCOOptions(conformance: .corrected))
            for image in data.images {
                try evaluator.add(
                    imageID: image.id, groundTruths: image.groundTruths, detections: image.detections)
            }
            let analysis = try evaluator.errorAnalysis()
            let result = evaluator.metrics(includesFindings: false)
            #expect(abs(analysis.averagePrecision - max(result.stats[1], 0)) < 1e-12, "seed \(seed)")
            #expect(analysis.sizes[0].averagePrecision ?? -1 == result.stats[1], "seed \(seed)")
        }
    }

    @Test func confusionWithBackground() throws {
        var evaluator = try COCOEvaluator(categories: [5, 9])
        try evaluator.add(
            imageID: 1,
            groundTruths: [
                truth(1, 0, category: 5), truth(2, 100, category: 5), truth(3, 200, category: 9),
                truth(4, 300, category: 9), truth(5, 400, category: 9, isCrowd: true, width: 100),
            ],
            detections: [
                detection(0, 0.9, category: 5),  // right
                detection(0, 0.99, category: 9),  // as near as the right one but of another category: background
                detection(101, 0.8, category: 9),  // takes a 5 for a 9
                detection(203, 0.9, category: 5),  // farther than the next one: background
                detection(202, 0.4, category: 9),  // right
                detection(420, 0.9, category: 5),  // on a crowd: does not count
                detection(300, 0.1, category: 9),  // below the confidence: its object is missed
                detection(600, 0.7, category: 5),  // nothing there
            ])
        let matrix = try evaluator.errorAnalysis(ErrorAnalysisOptions(operatingPoint: .confidence(0.3))).confusion
        #expect(matrix.categoryIDs == [5, 9] && matrix.background == 2)
        #expect(matrix.counts == [1, 1, 0, 0, 1, 1, 2, 1, 0])
        #expect(matrix[truth: 0, detected: 1] == 1 && matrix[truth: 2, detected: 0] == 2)
        #expect(matrix.rowShares(0) == [0.5, 0.5, 0])
    }

    /// An object that two detections lie on, the nearer of another class, is found by the one of its own.
    @Test func theSameClassIsPairedFirst() throws {
        var evaluator = try COCOEvaluator(categories: [5, 9])
        try evaluator.add(
            imageID: 1, groundTruths: [truth(1, 0, category: 5)],
            detections: [detection(0, 0.9, category: 9), detection(2, 0.8, category: 5)])
        let analysis = try evaluator.errorAnalysis(ErrorAnalysisOptions(operatingPoint: .confidence(0.3)))
        #expect(analysis.confusion.counts == [1, 0, 0, 0, 0, 0, 0, 1, 0])
        #expect(analysis.operatingCounts == [.classification: 1])
    }

    /// Whatever the data, the diagonal holds the true positives, and the kinds of errors at the operating point add up.
    @Test func theMatrixAgreesWithTheCounts() throws {
        for seed in UInt64(0)..<300 {
            let data = RandomCase(seed: seed)
            var evaluator = try COCOEvaluator(categories: data.categoryIDs)
            for image in data.images {
                try evaluator.add(imageID: image.id, groundTruths: image.groundTruths, detections: image.detections)
            }
            for limit in [3, 100] {
                let analysis = try evaluator.errorAnalysis(ErrorAnalysisOptions(detectionLimit: limit))
                let matrix = analysis.confusion
                for (row, category) in analysis.categories.enumerated() {
                    #expect(matrix[truth: row, detected: row] == category.truePositives, "seed \(seed)")
                    let objects = (0...matrix.background).reduce(0) { $0 + matrix[truth: row, detected: $1] }
                    #expect(objects == category.groundTruthCount, "seed \(seed)")
                }
                let falsePositives = analysis.operatingCounts.filter { $0.key != .missed }.values.reduce(0, +)
                #expect(falsePositives == analysis.categories.reduce(0) { $0 + $1.falsePositives }, "seed \(seed)")
                #expect(
                    analysis.operatingCounts[.missed] ?? 0 <= analysis.categories.reduce(0) { $0 + $1.falseNegatives })
            }
        }
    }

    /// Of the six kinds one error each, at the confidence from 0.75 on: the loose box and the duplicate, and all objects
    /// but the three that something points at.
    @Test func errorsAreCountedAtOneConfidence() throws {
        var evaluator = try COCOEvaluator(categories: [1, 2])
        try evaluator.add(
            imageID: 1, groundTruths: [truth(1, 0)], detections: [detection(0, 0.95), detection(1, 0.85)])
        try evaluator.add(imageID: 2, groundTruths: [truth(2, 0)], detections: [detection(5, 0.8)])
        try evaluator.add(imageID: 3, groundTruths: [truth(3, 0, category: 2)], detections: [detection(0, 0.7)])
        try evaluator.add(imageID: 5, groundTruths: [truth(5, 0)], detections: [detection(500, 0.5)])
        let analysis = try evaluator.errorAnalysis(ErrorAnalysisOptions(operatingPoint: .confidence(0.75)))
        #expect(analysis.operatingCounts == [.duplicate: 1, .localization: 1, .missed: 2])
        #expect(analysis.costs[.missed]?.count == 1, "over all confidences the wrong class points at one of them")
    }

    @Test func thresholdsAreTheConfidencesOfHighestF1() throws {
        var evaluator = try COCOEvaluator(categories: [1, 2, 3])
        // Five objects of class 1 found at 0.3 and above, and a false alarm below; three of class 2 at 0.6.
        try evaluator.add(
            imageID: 1, groundTruths: (0..<5).map { truth($0, Double($0) * 100) },
            detections: (0..<5).map { detection(Double($0) * 100, 0.7 - 0.1 * Double($0)) } + [detection(700, 0.2)])
        try evaluator.add(
            imageID: 2, groundTruths: (0..<3).map { truth(10 + $0, Double($0) * 100, category: 2) },
            detections: (0..<3).map { detection(Double($0) * 100, 0.6, category: 2) })
        let thresholds = try evaluator.errorAnalysis().scoreThresholds(names: [1: "cat", 2: "dog", 3: "cow"])
        // Three objects say too little for a threshold of their own.
        #expect(thresholds?.byCategory.keys.sorted() == ["cat"])
        #expect(abs((thresholds?["cat"] ?? 0) - 0.3) < 1e-9 && thresholds?.overall == thresholds?["cat"])
        var nothing = try COCOEvaluator(categories: [1])
        try nothing.add(imageID: 1, groundTruths: [truth(1, 0)], detections: [detection(500, 0.9)])
        #expect(try nothing.errorAnalysis().scoreThresholds(names: [1: "cat"]) == nil)
    }

    @Test func recallsAreCalledByTheirLimits() {
        #expect(COCOStatistics.names.joined(separator: " ") == "AP AP50 AP75 APs APm APl AR1 AR10 AR100 ARs ARm ARl")
        var options = COCOOptions(detectionLimits: [5, 20, 300])
        #expect(COCOStatistics.names(options)[6...8] == ["AR5", "AR20", "AR300"])
        options.detectionLimits = [10, 100]
        #expect(COCOStatistics.names(options)[6...8] == ["AR10", "AR100", "AR100"])
    }

    @Test func worstImagesFirst() throws {
        var evaluator = try COCOEvaluator(categories: [1])
        try evaluator.add(imageID: 3, groundTruths: [truth(1, 0)], detections: [detection(0, 0.9)])
        // Three errors of seven.
        try evaluator.add(
            imageID: 2, groundTruths: (0..<7).map { truth(10 + $0, Double($0) * 100) },
            detections: (0..<4).map { detection(Double($0) * 100, 0.8) })
        // Two errors, nothing right.
        try evaluator.add(imageID: 1, groundTruths: [truth(20, 0)], detections: [detection(50, 0.95)])
        let analysis = try evaluator.errorAnalysis(ErrorAnalysisOptions(operatingPoint: .confidence(0.5)))
        #expect(analysis.worstImages(9).map(\.imageID) == [2, 1])
        #expect(analysis.worstImages(9, by: .f1).map(\.imageID) == [1, 2])
        #expect(analysis.worstImages(1).map(\.errorCount) == [3])
        #expect(analysis.images.map(\.imageID) == [1, 2, 3])
        #expect(analysis.images[0].falsePositives == [.background: 1])
    }

    @Test func contradictorySettingsAreRefused() throws {
        let evaluator = try COCOEvaluator(categories: [1])
        for options in [
            ErrorAnalysisOptions(iouThreshold: 0), ErrorAnalysisOptions(backgroundThreshold: 0.5),
            ErrorAnalysisOptions(detectionLimit: 0), ErrorAnalysisOptions(operatingPoint: .confidence(.nan)),
        ] {
            #expect(throws: EvaluationError.self) { try evaluator.errorAnalysis(options) }
        }
    }
}
