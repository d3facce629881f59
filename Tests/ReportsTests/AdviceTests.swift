import NeedletailDatasets
import NeedletailEvaluation
import NeedletailFormats
import NeedletailGeometry
import NeedletailReports
import Testing

struct AdviceTests {
    private func titles(_ data: SmallCase) throws -> [String] { try data.evaluation().advice.map(\.title) }

    /// Forty cats in rows, found or not as told.
    private func cats(side: Double = 40, found: (Int) -> (x: Double, score: Double)?) -> SmallCase {
        var data = SmallCase()
        data.imageNames = (1...40).map { "\($0).jpg" }
        for image in 1...40 {
            data.object(image, 1, 50, 50, side: side)
            if let (x, score) = found(image) { data.detection(.integer(image), 1, x, 50, score: score, side: side) }
        }
        return data
    }

    @Test func looseBoxesAreToBeTightened() throws {
        // Moved by half their width: IoU 20 / 60 = 1/3.
        let data = cats { image in (image % 2 == 0 ? 70 : 50, 0.9 - Double(image) * 0.02) }
        #expect(try titles(data).first == "Tighten the boxes")
    }

    @Test func missedSmallObjectsAskForALargerInput() throws {
        var data = cats { _ in (50, 0.5) }
        for image in 1...40 { data.object(image, 1, 200, 200, side: 12) }
        #expect(try titles(data).first == "Use a larger input size")
    }

    @Test func missedObjectsOfAnySizeAskForExamples() throws {
        var data = cats { image in image < 20 ? (50, 0.5) : nil }
        // Something was found in the other images too, if far from the cats.
        for image in 20...40 { data.detection(.integer(image), 1, 300, 200, score: 0.01) }
        let first = try #require(try data.evaluation().advice.first)
        #expect(first.title == "Find the missed objects")
        // At the confidence of highest F1, 0.5, nothing else is there.
        #expect(first.detail.contains("Nothing at confidence 0.500 points at 21 objects"))
    }

    // MARK: Premises

    /// Detections of 19 of 40 images say nothing of longer training.
    @Test func imagesWithoutDetectionsComeFirst() throws {
        let advice = try cats { image in image < 20 ? (50, 0.5) : nil }.evaluation().advice
        #expect(advice.first?.title == "See whether all images were looked at")
        #expect(advice.first?.detail.contains("21 of the 40 images with objects have no detection") == true)
        #expect(!advice.contains { $0.title == "Find the missed objects" || $0.title == "Train longer" })
    }

    /// Of a dataset with splits one may have been looked at.
    @Test func theSplitOfTheDetectionsIsNamed() throws {
        let data = cats { image in image < 20 ? (50, 0.5) : nil }
        func detail(_ split: (Int) -> String) throws -> String {
            let dataset = data.dataset.withFields(ofImages: { [("split", .text(split($0)))] })
            let input = try EvaluationInput(
                dataset: dataset, results: COCOResults(data.entries), detectionsPath: "found.json")
            return try DetectionEvaluation(input).advice[0].detail
        }
        #expect(try detail { $0 < 19 ? "val" : "train" }.contains("of the split val alone: measure that"))
        #expect(try !detail { $0 < 25 ? "val" : "train" }.contains("alone"))
    }

    @Test func classesThatAreCountedOtherwiseAreFound() throws {
        var data = SmallCase()
        data.imageNames = (1...20).map { "\($0).jpg" }
        data.names = ["cat", "dog", "cow"]
        for image in 1...20 {
            for category in 1...3 {
                data.object(image, category, Double(category) * 100, 50)
                // Counted from 0, and the last one from the start again.
                data.detection(.integer(image), category % 3 + 1, Double(category) * 100, 50, score: 0.5)
            }
        }
        let advice = try data.evaluation().advice
        #expect(advice.map(\.title) == ["Number the classes as the dataset does"])
        #expect(advice[0].detail.contains("cat is detected as dog, dog is detected as cow, cow is detected as cat"))
    }

    @Test func imagesThatAreCountedOtherwiseAreFound() throws {
        var data = SmallCase()
        data.imageNames = (1...20).map { "\($0).jpg" }
        // Every image has its object at a place of its own, and the detection of the image before.
        for image in 1...20 { data.object(image, 1, Double(image % 2) * 200, Double(image % 3) * 100) }
        for image in 2...20 {
            data.detection(.integer(image), 1, Double((image - 1) % 2) * 200, Double((image - 1) % 3) * 100, score: 0.5)
        }
        let advice = try data.evaluation().advice
        #expect(advice.map(\.title) == ["Number the images as the dataset does"])
        #expect(advice[0].detail.contains("fit the objects of the image before it"))
    }

    @Test func classesThatAreNeverDetectedAreNamed() throws {
        var data = cats { _ in (50, 0.5) }
        for image in 1...6 { data.object(image, 2, 200, 200) }
        let advice = try data.evaluation().advice
        #expect(advice.first?.title == "Look why some classes are never detected")
        #expect(advice.first?.detail.contains("dog (6)") == true)
    }

    /// Three images of a crowd have exactly sixty detections each.
    @Test func aDetectorsLimitIsSuspected() throws {
        var data = SmallCase()
        data.imageNames = (1...4).map { "\($0).jpg" }
        for image in 1...4 {
            for place in 0..<80 {
                let (x, y) = (Double(place % 10) * 40, Double(place / 10) * 30)
                data.object(image, 1, x, y, side: 20)
                if place < (image == 4 ? 30 : 60) { data.detection(.integer(image), 1, x, y, score: 0.5, side: 20) }
            }
        }
        let advice = try data.evaluation().advice
        #expect(advice.first?.title == "Keep more objects of an image")
        #expect(advice.first?.detail.contains("3 images have exactly 60 detections") == true)
        #expect(!advice.contains { $0.title == "Find the missed objects" })
    }

    /// With five detections of an image and class, the analysis counts as many as the numbers do.
    @Test func limitsOfTheEvaluationAreHonoured() throws {
        var data = SmallCase()
        for image in 1...2 {
            for place in 0..<10 {
                data.object(image, 1, Double(place) * 40, 50, side: 20)
                data.detection(.integer(image), 1, Double(place) * 40, 50, score: 0.5, side: 20)
            }
        }
        var options = COCOOptions()
        options.detectionLimits = [1, 5]
        options.conformance = .corrected
        let evaluation = try DetectionEvaluation(data.input(), options: options)
        #expect(evaluation.analysis?.overall.best?.truePositives == 10)
        #expect(evaluation.analysis?.images.map(\.falseNegatives) == [5, 5])
        let first = try #require(evaluation.advice.first)
        #expect(first.title == "Count more detections of an image")
        #expect(
            first.detail.contains("5 detections count, the best, and 2 images") && first.detail.contains("up to 10"))
    }

    @Test func anAnnotationOfId0IsNamed() throws {
        var data = cats { _ in (50, 0.9) }
        data.annotations[0].id = 0
        #expect(try titles(data).contains("Number the annotations from 1"))
    }

    /// Boxes of IoU 24 / 56 = 3/7 ... of 30 of 40 pixels in common, 30 / 50 = 0.6: right at 0.5 and loose beyond.
    @Test func looseBoxesAreToldByTheNumbers() throws {
        let data = cats { image in (60, 0.9 - Double(image) * 0.02) }
        let advice = try data.evaluation().advice
        #expect(advice.first?.title == "Tighten the boxes")
        #expect(advice.first?.detail.contains("AP50, 1.000, is far above AP, 0.300") == true)
    }

    @Test func theNextPresetIsNamedWhereTheLastIsKnown() throws {
        let data = cats { image in (60, 0.9 - Double(image) * 0.02) }
        var evaluation = try data.evaluation()
        #expect(evaluation.advice.first?.detail.contains("balanced after fast") == true)
        evaluation.training = .init(nextPreset: "accurate")
        #expect(evaluation.advice.first?.detail.contains("or with TrainingRecipe.Preset accurate") == true)
        evaluation.training = .init(nextPreset: nil)
        #expect(evaluation.advice.first?.detail.contains("Preset") == false)
    }

    @Test func confusedClassesAreNamed() throws {
        var data = cats { image in (50, 0.5) }
        for image in 1...40 {
            data.object(image, 2, 200, 200)
            data.detection(.integer(image), image % 3 == 0 ? 2 : 1, 200, 200, score: 0.1 + 0.02 * Double(image))
        }
        let advice = try data.evaluation().advice
        let first = try #require(advice.first)
        #expect(first.title == "Tell the classes apart")
        #expect(first.detail.contains("dog taken for cat"))
    }

    @Test func confidentDetectionsOfNothingHintAtMissingAnnotations() throws {
        var data = cats { image in (50, 0.6) }
        #expect(try !titles(data).contains("Look for objects that are not annotated"))
        for image in 1...10 { data.detection(.integer(image), 1, 300, 200, score: 0.95) }
        #expect(try titles(data).contains("Look for objects that are not annotated"))
    }

    @Test func theLastWordIsTheConfidenceToUse() throws {
        let data = cats { image in (image <= 30 ? 50 : 300, image <= 30 ? 0.7 : 0.2) }
        let last = try #require(try data.evaluation().advice.last)
        #expect(last.title == "Keep detections from confidence 0.700")
        // 30 of 40 found, none wrong: F1 = 60 / 70.
        #expect(
            last.detail.contains("0.857") && last.detail.contains("100% of the detections")
                && last.detail.contains("75%"))
    }

    @Test func nothingFoundAsksForACheck() throws {
        #expect(try titles(cats { _ in (300, 0.5) }) == ["Check that detections and annotations belong together"])
    }

    @Test func aPerfectDetectorGetsNoBlame() throws {
        #expect(try titles(cats { _ in (50, 0.9) }) == ["Keep detections from confidence 0.900"])
    }
}
