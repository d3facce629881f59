import Foundation
import NeedletailCheckpoints
import NeedletailGeometry
import NeedletailGraph
import NeedletailImages
import NeedletailKernels
import NeedletailModels
import ProgramRunner
import Testing

/// A YOLOX's files, input and boxes.
@Suite struct YOLOXTests {
    private static func detector(_ names: [String], variant: YOLOX.Variant = .nano, seed: UInt64) -> DenseDetector {
        DenseDetector(
            DenseDetector.Configuration(
                network: YOLOX(variant, classCount: names.count), transform: YOLOX.inputTransform(size: 64),
                postProcessing: YOLOX.postProcessing,
                categories: names.enumerated().map { .init(id: 10 * ($0 + 1), name: $1, classIndex: $0 + 1) }),
            seed: seed)
    }

    private func withFile(of detector: DenseDetector, prefix: String = "", _ body: (String) throws -> Void) throws {
        let folder = try TemporaryFolder()
        let path = folder("weights.safetensors")
        try detector.parameters.write(to: path, metadata: [:])
        try body(path)
    }

    /// A file that says nothing about itself is known by its layers.
    @Test(arguments: [YOLOX.Variant.nano, .tiny, .s, .m]) func weightsAreRecognised(variant: YOLOX.Variant) throws {
        let original = Self.detector((0..<80).map { "\($0)" }, variant: variant, seed: 1)
        try withFile(of: original) { path in
            let read = try DenseDetector(contentsOf: path)
            #expect(read.configuration.network as? YOLOX == YOLOX(variant, classCount: 80))
            #expect(read.configuration.transform.minimumSize == (variant == .nano || variant == .tiny ? 416 : 640))
            let categories = read.configuration.categories
            #expect(categories.count == 80 && categories[0].name == "person" && categories[0].classIndex == 1)
            #expect(categories[79].name == "toothbrush" && categories[79].id == 90 && categories[79].classIndex == 80)
        }
    }

    @Test func classifierRowsFollowNames() throws {
        let source = Self.detector(["cat", "dog", "fish"], seed: 3)
        let target = Self.detector(["bird", "fish"], seed: 4)
        let folder = try TemporaryFolder()
        let path = folder("source.safetensors")
        try source.write(to: path)
        func rows(_ detector: DenseDetector, _ level: Int) throws -> [[Float]] {
            let parameter = try #require(detector.parameters["head.cls_preds.\(level).weight"])
            return (0..<parameter.shape[0]).map { row in
                Array(parameter.values[row * parameter.shape[1]..<(row + 1) * parameter.shape[1]])
            }
        }
        let fresh = try (0..<3).map { try rows(target, $0) }
        let report = try target.initialize(from: Checkpoint(contentsOf: path))
        #expect(report.reusedCategories == ["fish"])
        for level in 0..<3 {
            #expect(try rows(target, level) == [fresh[level][0], rows(source, level)[2]])
        }
        #expect(
            try Array(#require(target.parameters["head.stems.0.conv.weight"]).values)
                == Array(#require(source.parameters["head.stems.0.conv.weight"]).values))
    }

    /// A picture of 4x2 pixels in an input of 32: eight times as large, at the top left, grey below, blue first.
    @Test func inputIsALetterbox() throws {
        let transform = YOLOX.inputTransform(size: 32)
        #expect(transform.resizedSize(width: 4, height: 2) == (32, 16))
        #expect(transform.resizedSize(width: 640, height: 481) == (32, 24))
        #expect(transform.paddedSize([(32, 16), (20, 32)]) == (32, 32))
        let image = Image(width: 4, height: 2, filledWith: Color(red: 10, green: 20, blue: 30))
        var input = [Float](repeating: -1, count: 32 * 32 * 3)
        input.withUnsafeMutableBufferPointer { input in
            guard let base = input.baseAddress else { return }
            transform.write(image, size: (32, 16), paddedWidth: 32, paddedHeight: 32, into: base)
        }
        #expect(zip(input[0..<3], [30, 20, 10]).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(zip(input[15 * 96 + 93..<16 * 96], [30, 20, 10]).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(input[(16 * 96)...].allSatisfy { abs($0 - 114) < 1e-4 })
    }

    /// Every output is 0 but those of one cell: column 3, row 2 of the stride 16, the second class.
    @Test func aCellTellsABox() throws {
        let detector = Self.detector(["cat", "dog"], seed: 1)
        detector.configuration.postProcessing.scoreThreshold = 0.3
        let pool = ThreadPool(threadCount: 1)
        let plan = try detector.inferencePlan(
            for: TensorShape(batch: 1, height: 64, width: 64, channels: 3), pool: pool)
        let outputs = DenseOutputs(plan, levels: detector.network.levels)
        for level in 0..<3 {
            for kind in [DenseNetwork.Prediction.classification, .regression, .objectness] {
                UnsafeMutableBufferPointer(mutating: outputs.values(kind, level: level)).update(repeating: 0)
            }
        }
        func set(_ kind: DenseNetwork.Prediction, _ values: [Float]) {
            let target = UnsafeMutableBufferPointer(mutating: outputs.values(kind, level: 1))
            for (index, value) in values.enumerated() { target[(2 * 4 + 3) * values.count + index] = value }
        }
        set(.objectness, [2])
        set(.classification, [0, 3])
        set(.regression, [0.25, -0.5, log(2), log(0.5)])
        // The photograph is twice as large as it is in the input: 128x96 of which 64x48.
        let found = detector.predictions(
            of: plan,
            placements: [
                ImagePlacement(
                    original: Image.Size(width: 128, height: 96), resized: Image.Size(width: 64, height: 48))
            ], pool: pool)[0]
        // Elsewhere the score is a quarter. Centre (3.25, 1.5) · 16 = (52, 24), size 32 x 8: from (36, 20) to (68, 28), of
        // which 64 are in the picture.
        #expect(found.count == 1)
        let detection = try #require(found.first)
        #expect(detection.categoryName == "dog" && detection.categoryID == 20)
        let score = 1 / (1 + exp(-2.0)) / (1 + exp(-3.0))
        #expect(abs(detection.score - score) < 1e-6)
        let box = detection.box
        #expect([box.x, box.y, box.width, box.height].map { ($0 * 1000).rounded() / 1000 } == [72, 40, 56, 16])
    }
}
