import Foundation
import Needletail
import NeedletailTraining
import ProgramRunner
import Testing

/// Batches are the same whether their images are in memory together or one after the other.
@Suite struct DetectionBatchesTests {
    private let folder: TemporaryFolder
    private let data: TrainingData
    private let transform = InputTransform(minimumSize: 32, maximumSize: 64)
    private static let sizes = [(90, 60), (40, 80), (64, 64)]

    init() throws {
        folder = try TemporaryFolder()
        for (place, (width, height)) in Self.sizes.enumerated() {
            let bytes = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 * (place + 3)) }
            let image = Image(width: width, height: height, format: .rgb, bytes: bytes)
            try folder.write(Data(try image.pngBytes()), to: "\(place).png")
        }
        var dataset = Dataset(
            images: Self.sizes.enumerated().map {
                ImageRecord(id: .integer($0 + 1), fileName: "\($0).png", width: $1.0, height: $1.1)
            }, categories: [Category(id: 1, name: "x")],
            annotations: Self.sizes.indices.map {
                Annotation(image: $0, category: 0, box: Box(x: 4, y: 5, width: 20, height: 10))
            })
        dataset.imageFolder = folder.path
        data = try TrainingData(dataset, categories: CategoryMap.newCategories(of: dataset), keepsEmptyImages: false)
    }

    private func item() throws -> BatchItem<DetectionTarget> {
        let configuration = TrainingRecipe.reference.configuration(imageCount: 3, seed: 5)
        return try #require(
            DetectionBatches(data, transform: transform, configuration: configuration).batches(epoch: 0).next()
        )
    }

    /// The batch that the images of some names make.
    private func expected(_ names: [String], like item: BatchItem<DetectionTarget>) throws
        -> TrainingBatch<DetectionTarget>
    {
        let samples = try zip(names, item.batch?.targets ?? []).map { name, target in
            let image = try Image(contentsOf: folder(name))
            let box = Corners(4, 5, 24, 15), size = (width: image.width, height: image.height)
            // A target's box tells whether its image was mirrored.
            let plain = transform.scaled(
                box, from: size, to: transform.resizedSize(width: size.width, height: size.height))
            return TrainingSample(
                image: image, boxes: [box], classIndices: [1], flippedHorizontally: target.boxes != [plain])
        }
        return TrainingBatch(samples: samples, transform: transform)
    }

    @Test func imagesOneAfterTheOtherMakeTheSameBatch() throws {
        let item = try item()
        #expect(item.notes.names.sorted() == ["0.png", "1.png", "2.png"] && item.notes.failures.isEmpty)
        let batch = try #require(item.batch), expected = try expected(item.notes.names, like: item)
        #expect(batch.pixels == expected.pixels)
        #expect(batch.targets.map(\.boxes) == expected.targets.map(\.boxes))
        #expect((batch.width, batch.height) == (expected.width, expected.height))
    }

    /// Every batch has a size of its own, by its place in the run, and boxes follow.
    @Test func inputsVaryBySeedEpochAndBatch() throws {
        var configuration = TrainingRecipe.reference.configuration(imageCount: 3, seed: 5)
        (configuration.batchSize, configuration.flipProbability, configuration.sizeVariation) = (1, 0, 0.5)
        let transform = InputTransform(minimumSize: 128, maximumSize: 256)
        let source = DetectionBatches(data, transform: transform, configuration: configuration)
        func batches(_ epoch: Int, from first: Int = 0) -> [TrainingBatch<DetectionTarget>] {
            let batches = source.batches(epoch: epoch, numbers: Array(first..<3))
            return (first..<3).compactMap { _ in batches.next()?.batch }
        }
        let epochs = (0..<12).map { batches($0) }
        let all = epochs.flatMap { $0 }
        func side(_ batch: TrainingBatch<DetectionTarget>) -> Int { min(batch.width, batch.height) }
        #expect(Set(all.map(side)) == [64, 96, 128, 160, 192])
        // Boxes of 20 pixels, in images whose shorter side is 60, 40 or 64.
        let shares = all.map { Double($0.targets[0].boxes[0].width) / Double(side($0)) }
        #expect(shares.allSatisfy { share in [60.0, 40, 64].contains { abs(share - 20 / $0) < 0.01 } })
        #expect(batches(7, from: 1).map(\.pixels) == epochs[7].dropFirst().map(\.pixels))
        configuration.sizeVariation = 0.2
        let still = DetectionBatches(data, transform: transform, configuration: configuration).batches(
            epoch: 0)
        #expect(still.next().map { min($0.batch?.height ?? 0, $0.batch?.width ?? 0) } == 128, "no step of 32 pixels")
    }

    /// Without the image that cannot be read the batch is that of the others, which may be smaller.
    @Test func anImageThatCannotBeReadIsLeftOut() throws {
        try folder.write("no image", to: "1.png")
        let item = try item()
        #expect(item.notes.names.sorted() == ["0.png", "2.png"] && item.notes.failures.count == 1)
        #expect(item.notes.failures[0].contains("1.png"))
        #expect(item.batch?.pixels == (try expected(item.notes.names, like: item)).pixels)
        for place in [0, 2] { try folder.write("no image", to: "\(place).png") }
        let nothing = try self.item()
        #expect(nothing.batch == nil && nothing.notes.failures.count == 3)
    }
}
