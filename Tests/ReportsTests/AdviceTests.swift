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
        #expect(try titles(cats { image in image < 20 ? (50, 0.5) : nil }).first == "Find the missed objects")
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
