import NeedletailCuration
import NeedletailDatasets
import NeedletailGeometry
import NeedletailRandom
import Testing

/// Numbers of small datasets, worked out by hand.
@Suite struct StatisticsTests {
    private let dataset = Dataset(
        images: [
            ImageRecord(id: 1, fileName: "a", width: 100, height: 50),
            ImageRecord(id: 2, fileName: "b", width: 100, height: 50),
            ImageRecord(id: 3, fileName: "c", width: 200, height: 200),
            ImageRecord(id: 4, fileName: "d", width: 0, height: 0),
        ],
        categories: [Category(id: 1, name: "cat"), Category(id: 2, name: "dog"), Category(id: 3, name: "none")],
        annotations: [
            // 16 pixels square, centred at (8, 8) of 100 x 50.
            Annotation(image: 0, category: 0, box: Box(x: 0, y: 0, width: 16, height: 16)),
            // 32² is medium; width over height 4; centred at (50, 24).
            Annotation(image: 0, category: 0, box: Box(x: 18, y: 16, width: 64, height: 16)),
            Annotation(image: 0, category: 1, box: Box(x: 0, y: 0, width: 50, height: 50), crowd: true),
            // Large, whatever its area says of its box: the file's area counts.
            Annotation(image: 2, category: 1, box: Box(x: 100, y: 100, width: 100, height: 100), area: 9216),
            Annotation(image: 2, category: 0, box: Box(x: 100, y: 100, width: 0, height: 100)),
            Annotation(image: 3, category: 0, box: Box(x: 0, y: 0, width: 10, height: 10)),
        ])

    @Test func counts() {
        let statistics = DatasetStatistics(dataset, anchorCount: 2)
        #expect((statistics.images, statistics.boxes, statistics.crowds, statistics.unusableBoxes) == (4, 6, 1, 1))
        #expect((statistics.imagesWithoutBoxes, statistics.imagesWithoutSize) == (1, 1))
        #expect((statistics.small, statistics.medium, statistics.large) == (2, 1, 1))
        #expect(statistics.boxesPerImage == distribution(count: 4, 0, median: 1.5, mean: 1.5, 3))
        // 0, 1, 2 and 3 to 4 boxes.
        #expect(Array(statistics.boxesPerImageHistogram.counts.prefix(4)) == [1, 1, 1, 1])
        #expect(statistics.imageSizes.map { [$0.width, $0.height, $0.images] } == [[100, 50, 2], [200, 200, 1]])
        // Sides 10, 16, 32 and 100.
        #expect(statistics.side == distribution(count: 4, 10, median: 24, mean: 39.5, 100))
        #expect(statistics.ratio == distribution(count: 4, 1, median: 1, mean: 1.75, 4))
        let cat = statistics.classes[0]
        #expect((cat.name, cat.boxes, cat.images, cat.small, cat.medium) == ("cat", 4, 3, 2, 1))
        #expect((cat.medianSide, cat.medianRatio) == (16, 1))
        #expect((statistics.classes[1].boxes, statistics.classes[1].crowds) == (2, 1))
        // Four boxes to two; e to the entropy of (2/3, 1/3) is 1.89.
        #expect(statistics.imbalance == 2)
        #expect(abs(statistics.effectiveClasses - 1.8899) < 1e-4)
    }

    private func distribution(
        count: Int, _ minimum: Double, median: Double, mean: Double, _ maximum: Double
    ) -> Distribution {
        var distribution = DatasetStatistics(SmallDataset.make([], classes: [])).side
        distribution.count = count
        (distribution.minimum, distribution.median) = (minimum, median)
        (distribution.mean, distribution.maximum) = (mean, maximum)
        return distribution
    }

    @Test func places() {
        let centers = DatasetStatistics(dataset).centers
        // 8 of 100 is in column 1 of 20, 8 of 50 in row 3; 50 in column 10, 24 of 50 in row 9; 150 of 200 in 15, 15.
        #expect(centers[3][1] == 1 && centers[9][10] == 1 && centers[15][15] == 1)
        #expect(centers.joined().reduce(0, +) == 3)
    }

    @Test func classesTogether() {
        let together = DatasetStatistics(dataset).cooccurrence
        #expect(together.classes == ["cat", "dog"])
        #expect(together.images == [[3, 2], [2, 2]])
    }

    @Test func nothingAtAll() {
        let statistics = DatasetStatistics(SmallDataset.make([[]], classes: []))
        #expect(statistics.anchors.anchors.isEmpty)
        #expect((statistics.imbalance, statistics.effectiveClasses, statistics.side.count) == (0, 0, 0))
    }

    // MARK: Anchors

    /// Two clusters far apart: their means, and overlaps that are easy to work out.
    @Test(arguments: 0..<20)
    func anchorsOfTwoClusters(seed: UInt64) {
        let sizes: [SIMD2<Double>] = [[10, 10], [10, 12], [10, 14], [100, 40], [120, 40]]
        let anchors = SuggestedAnchors(sizes, count: 2, seed: seed)
        #expect(anchors.anchors.map { [$0.width, $0.height] } == [[10, 12], [110, 40]])
        #expect(anchors.anchors.map(\.boxes) == [3, 2])
        // 10/12, 1, 12/14, 100/110, 110/120.
        let overlaps = [10.0 / 12, 1, 12.0 / 14, 100.0 / 110, 110.0 / 120]
        #expect(abs(anchors.meanOverlap - overlaps.reduce(0, +) / 5) < 1e-12)
        #expect(anchors.shareAboveHalf == 1)
    }

    @Test func noMoreAnchorsThanSizes() {
        let anchors = SuggestedAnchors([[5, 5], [5, 5], [9, 9]], count: 9)
        #expect(anchors.anchors.map { [$0.width, $0.height] } == [[5, 5], [9, 9]])
        #expect(anchors.meanOverlap == 1)
    }

    @Test func anchorsAreMeasuredInResizedImages() {
        // 100 x 50 becomes 200 x 100: twice as large.
        let one = Dataset(
            images: [ImageRecord(id: 1, fileName: "a", width: 100, height: 50)],
            categories: [Category(id: 1, name: "c")],
            annotations: [Annotation(image: 0, category: 0, box: Box(x: 0, y: 0, width: 10, height: 20))])
        let anchors = DatasetStatistics(one, anchorCount: 3, anchorImageSide: 200).anchors
        #expect(anchors.anchors.map { [$0.width, $0.height, Double($0.boxes)] } == [[20, 40, 1]])
    }

    @Test func moreAnchorsFitBetter() {
        var random = RandomStream(seed: 3)
        let sizes = (0..<500).map { _ in
            SIMD2(Double(2 + 200 * random.nextUnit()), Double(2 + 200 * random.nextUnit()))
        }
        let fits = [1, 3, 9, 27].map { SuggestedAnchors(sizes, count: $0).meanOverlap }
        #expect(zip(fits, fits.dropFirst()).allSatisfy { $0 < $1 })
        #expect(SuggestedAnchors(sizes, count: 9) == SuggestedAnchors(sizes, count: 9))
    }
}
