import NeedletailCheckpoints
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import NeedletailONNX
import ProgramRunner
import Testing

/// Classifiers and detectors that were written as ONNX files say what they said before.
struct ONNXModelTests {
    private let pool = ThreadPool(threadCount: 2)

    private func picture(width: Int, height: Int) -> Image {
        Image(
            width: width, height: height, format: .rgb,
            bytes: (0..<3 * width * height).map { UInt8(truncatingIfNeeded: $0 * 37 % 251 + $0 / 97) })
    }

    @Test(arguments: [true, false])
    func classifiersComeBack(isGray: Bool) throws {
        let folder = try TemporaryFolder()
        var transform = InputTransform(
            fit: isGray ? .whole : .middle, minimumSize: 28, maximumSize: isGray ? 28 : 36, divisor: 1,
            channelOrder: isGray ? .gray : .rgb)
        transform.deviation = SIMD3(repeating: 0.3)
        let network = try TextNetwork(
            "input 28 channels=\(isGray ? 1 : 3)\nconv 6 kernel=5\nrelu\nmax-pool 2 stride=2\nlinear 5")
        let model = Classifier(
            .init(
                architecture: AnyBackboneArchitecture(network), classes: ["a", "b c", "d's", "é", "5"],
                transform: transform), seed: 3)
        let path = folder("model.onnx")
        try ONNXExport(model).write(to: path)
        let back = try ONNXClassifier(contentsOf: path, pool: pool)
        #expect(back.classes == model.classes)
        let image = picture(width: 90, height: 61)
        func answer(_ classifier: some ImageClassifier) throws -> [Float] {
            let transform = classifier.inputTransform
            var pixels = [Float](repeating: 0, count: 28 * 28 * transform.channels)
            pixels.withUnsafeMutableBufferPointer { buffer in
                if let base = buffer.baseAddress {
                    transform.write(image, size: (28, 28), paddedWidth: 28, paddedHeight: 28, into: base)
                }
            }
            let batch = TrainingBatch(
                pixels: pixels, targets: [[0]], width: 28, height: 28, channels: transform.channels)
            return try classifier.outcome(of: batch, pool: pool).predictions[0].probabilities
        }
        for (one, other) in zip(try answer(model), try answer(back)) { #expect(abs(one - other) < 1e-5) }
    }

    @Test(arguments: [ONNXExport.Layout.yolo, .nms, .modelAPI])
    func detectorsComeBack(_ layout: ONNXExport.Layout) throws {
        let folder = try TemporaryFolder()
        var processing = YOLOX.postProcessing
        processing.scoreThreshold = 1e-5
        let model = DenseDetector(
            .init(
                network: YOLOX(.nano, classCount: 3), transform: YOLOX.inputTransform(size: 128),
                postProcessing: processing,
                categories: ["one", "two words", "three"].enumerated().map {
                    .init(id: $0 + 1, name: $1, classIndex: $0 + 1)
                }), seed: 5)
        let path = folder("model.onnx")
        try ONNXExport(model, options: .init(layout: layout)).write(to: path)
        let names = layout == .modelAPI ? ["one", "two words", "three"] : nil
        let back = try ONNXDetector(contentsOf: path, options: .init(classNames: names), pool: pool)
        back.postProcessing = processing
        let image = picture(width: 100, height: 75)
        let wanted = try model.detections(in: [image], originalSizes: nil, pool: pool)[0]
        let found = try back.detections(in: [image], originalSizes: nil, pool: pool)[0]
        #expect(!wanted.isEmpty && found.count == wanted.count)
        for (one, other) in zip(found, wanted) {
            #expect(one.categoryName == other.categoryName && abs(one.score - other.score) < 1e-5)
            #expect(abs(one.box.x - other.box.x) < 0.05 && abs(one.box.width - other.box.width) < 0.05)
        }
    }
}
