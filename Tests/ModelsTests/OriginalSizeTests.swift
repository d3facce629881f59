import NeedletailImages
import NeedletailKernels
import NeedletailModels
import Testing

@Suite struct OriginalSizeTests {
    /// An even picture loses nothing when it is decoded at half its size, so everything must be the same.
    @Test func boxesOfAReducedImageReferToThePhotograph() throws {
        let detector = DenseDetector(
            DenseDetector.Configuration(
                network: RetinaNet(backbone: .resnet10Quarter, classCount: 2),
                transform: InputTransform(minimumSize: 96),
                postProcessing: PostProcessing(scoreThreshold: 0, detectionsPerImage: 20),
                categories: [DenseDetector.Category(id: 1, name: "thing", classIndex: 1)]))
        func even(width: Int, height: Int) -> Image {
            Image(width: width, height: height, bytes: [UInt8](repeating: 90, count: width * height * 3))
        }
        let pool = ThreadPool(threadCount: 2)
        let whole = try detector.detections(in: even(width: 256, height: 192), pool: pool)
        let reduced = try detector.detections(
            in: [even(width: 128, height: 96)], originalSizes: [Image.Size(width: 256, height: 192)], pool: pool)[0]
        #expect(!whole.isEmpty && whole == reduced)
        #expect(whole.contains { $0.box.x2 > 128 || $0.box.y2 > 96 })
    }
}
