import Needletail
import Testing

/// How anchors are fitted to boxes, and how well they cover them.
@Suite struct AnchorFitTests {
    /// Images of 64 by 64 pixels stay as they are.
    private let transform = InputTransform(minimumSize: 64, maximumSize: 64)

    private func fit(_ boxes: [(Box, Int)], classes: Int) throws -> AnchorFit {
        AnchorFit(try BoxedDataset.make([(64, 64, boxes)], classes: classes), transform: transform)
    }

    /// The maps of an input of 64 by 64 have strides of 8, 16, 32, 64 and 64 pixels, with anchors centred on multiples.
    ///
    /// - The square of 32 around (32, 32) is an anchor itself.
    /// - The square of 8 lies within anchors of 32, the smallest of which, of the other two shapes, are 46 by 22 after
    ///   rounding: 64 / 1012.
    /// - So does the box of 40 by 10 around (32, 20), in the flat one around (32, 16): 400 / 1012.
    /// - From 8 pixels, the second is best covered by the square of 16 around (16, 16): 64 / 256. The third is, among
    ///   those of 25 on the second level, by the flat one, 36 by 18 after rounding, around (32, 16): they have 36 by 10
    ///   in common, 360 / (648 + 400 - 360).
    @Test func coverageIsThatOfTheNearestAnchors() throws {
        let square = Box(x: 16, y: 16, width: 32, height: 32)
        let small = Box(x: 8, y: 8, width: 8, height: 8)
        let flat = Box(x: 12, y: 15, width: 40, height: 10)
        let fit = try fit([(square, 0), (small, 1), (flat, 1)], classes: 2)
        let standard = fit.coverage(by: .retinaNet)
        let overlaps = [1, 64.0 / 1012, 400.0 / 1012]
        #expect(standard.classes[1] == .init(boxes: 1, meanOverlap: 1, shareAboveHalf: 1))
        let second = try #require(standard.classes[2])
        #expect(second.boxes == 2 && second.shareAboveHalf == 0)
        #expect(abs(second.meanOverlap - (overlaps[1] + overlaps[2]) / 2) < 1e-6)
        #expect(standard.overall.boxes == 3 && abs(standard.overall.shareAboveHalf - 1.0 / 3) < 1e-9)
        #expect(abs(standard.overall.meanOverlap - overlaps.reduce(0, +) / 3) < 1e-6)
        #expect(abs(standard.balancedOverlap - (1 + (overlaps[1] + overlaps[2]) / 2) / 2) < 1e-6)

        let fitted = try #require(fit.coverage(by: .retinaNet(smallestSize: 8)).classes[2])
        #expect(abs(fitted.meanOverlap - (0.25 + 360.0 / 688) / 2) < 1e-6)
        #expect(fitted.shareAboveHalf == 0.5)
    }

    /// Against every anchor of the network, on inputs whose sides are no multiples of the larger strides.
    @Test func coverageIsThatOfAllAnchors() throws {
        var random = RandomStream(seed: 3, name: "coverage")
        let transform = InputTransform(minimumSize: 100, maximumSize: 300)
        let anchors = AnchorGenerator.retinaNet(smallestSize: 12, aspectRatios: [0.4, 1.3])
        for (width, height) in [(120, 90), (90, 170), (400, 100)] {
            let boxes = (0..<40).map { _ -> (Box, Int) in
                let x = Double(random.nextUnit()) * Double(width - 4),
                    y = Double(random.nextUnit()) * Double(height - 4)
                return (
                    Box(
                        x: x, y: y, width: 3 + Double(random.nextUnit()) * (Double(width) - x - 3),
                        height: 3 + Double(random.nextUnit()) * (Double(height) - y - 3)), 0
                )
            }
            let fit = AnchorFit(try BoxedDataset.make([(width, height, boxes)], classes: 1), transform: transform)
            let size = transform.resizedSize(width: width, height: height)
            let padded = transform.paddedSize([size])
            let all = anchors.anchors(
                featureSizes: try mapSizes(width: padded.width, height: padded.height), inputHeight: padded.height,
                inputWidth: padded.width
            ).flatMap(\.self)
            let best = boxes.map { box, _ in
                let scaled = transform.scaled(box.corners, from: (width, height), to: size)
                return Double(all.map { scaled.intersectionOverUnion(with: $0) }.max() ?? 0)
            }
            let coverage = fit.coverage(by: anchors)
            #expect(abs(coverage.overall.meanOverlap - best.reduce(0, +) / 40) < 1e-5)
            #expect(coverage.overall.shareAboveHalf == Double(best.count { $0 >= 0.5 }) / 40)
        }
    }

    /// What the network makes of an input of that size.
    private func mapSizes(width: Int, height: Int) throws -> [(height: Int, width: Int)] {
        let network = RetinaNet(backbone: .resnet10Quarter, channels: 32, headDepth: 1, classCount: 2)
            .makeNetwork(seed: 0)
        let input = TensorType(TensorShape(batch: 1, height: height, width: width, channels: 3))
        return try network.graph.outputTypes(inputs: [input]).prefix(5).map { ($0.shape.height, $0.shape.width) }
    }

    /// Anchors from 24 pixels have both squares themselves: that of 24 around (40, 40) on the first level, with a stride of
    /// 8, and that of 48 around (48, 48) on the second. From 16 or 20 they are covered by squares of 25 and 50: by 0.92.
    /// From 12 there are squares of 24 and 48, too, but a level higher, around multiples of 16 and 32.
    @Test func smallestSizeIsTheSmallestThatCoversAsWell() throws {
        let squares = [(Box(x: 28, y: 28, width: 24, height: 24), 0), (Box(x: 24, y: 24, width: 48, height: 48), 0)]
        let fit = AnchorFit(
            try BoxedDataset.make([(128, 128, squares)], classes: 1),
            transform: InputTransform(minimumSize: 128, maximumSize: 128))
        #expect(fit.smallestSize(aspectRatios: [0.5, 1, 2]) == 24)
    }

    /// A class with one tiny box does not take the anchors from nine others, which those from 16 pixels cover, up to 406;
    /// a hundred large boxes of another class do not take them from it.
    @Test func classesCountAlikeForTheSmallestSize() throws {
        let transform = InputTransform(minimumSize: 512, maximumSize: 512)
        let tiny = (Box(x: 252, y: 252, width: 8, height: 8), 0)
        func large(_ label: Int) -> (Box, Int) { (Box(x: 56, y: 56, width: 400, height: 400), label) }
        let many = AnchorFit(
            try BoxedDataset.make([(512, 512, [tiny] + (1..<10).map(large))], classes: 10), transform: transform)
        #expect(many.smallestSize(aspectRatios: [1]) == 16)
        let two = AnchorFit(
            try BoxedDataset.make(
                [(512, 512, [tiny] + (0..<100).map { _ in (Box(x: 192, y: 192, width: 128, height: 128), 1) })],
                classes: 2), transform: transform)
        #expect(two.smallestSize(aspectRatios: [1]) == 8)
    }

    /// Three boxes of one class weigh as much as one of another: a sixth of the weight is reached with the first box, the
    /// half with the third, five sixths with the fourth.
    @Test func ratiosAreQuantilesOfClassesOfEqualWeight() throws {
        let boxes = [
            (Box(x: 0, y: 0, width: 20, height: 10), 0), (Box(x: 0, y: 0, width: 16, height: 16), 0),
            (Box(x: 0, y: 0, width: 9, height: 16), 0), (Box(x: 0, y: 0, width: 10, height: 40), 1),
        ]
        #expect(try fit(boxes, classes: 2).aspectRatios == [0.5, 1.78, 4])
    }

    @Test func ratiosOfTheBoxesAreTakenWhereTheyCoverClearlyBetter() throws {
        let tall = (0..<8).map { (Box(x: Double($0) * 7, y: 2, width: 6, height: 48), 0) }
        let choice = AnchorChoice(try fit(tall, classes: 1), smallestSize: nil, aspectRatios: nil)
        #expect(choice.aspectRatios == [8])
        #expect(choice.coverage == choice.fitted?.coverage)

        let squares = (0..<8).map { (Box(x: Double($0) * 6, y: 2, width: 16, height: 16), 0) }
        let usual = AnchorChoice(try fit(squares, classes: 1), smallestSize: nil, aspectRatios: nil)
        #expect(usual.aspectRatios == [0.5, 1, 2])
        #expect(usual.fitted?.aspectRatios == [1])
        let given = AnchorChoice(try fit(tall, classes: 1), smallestSize: 20, aspectRatios: [1, 3])
        #expect(given.aspectRatios == [1, 3] && given.smallestSize == 20 && given.fitted == nil)
    }

    /// An image of unknown size, whose box would be scaled to nothing that is a number.
    @Test func imagesOfUnknownSizeAreLeftOut() throws {
        let data = try BoxedDataset.make(
            [
                (0, 0, [(Box(x: 0, y: 0, width: 10, height: 10), 0)]),
                (64, 64, [(Box(x: 0, y: 0, width: 20, height: 20), 0)]),
            ], classes: 1)
        let fit = AnchorFit(data, transform: transform)
        #expect(fit.coverage(by: .retinaNet).overall.boxes == 1)
    }
}
