import NeedletailAugmentation
import NeedletailGeometry
import NeedletailImages
import Testing

/// Values worked out by hand.
@Suite struct OperationTests {
    private func object(_ x: Double, _ y: Double, _ width: Double, _ height: Double, label: Int = 0)
        -> LabeledImage.Object
    {
        .init(box: Box(x: x, y: y, width: width, height: height), label: label)
    }

    private func apply(
        _ recipe: String, to sample: LabeledImage, pool: ImagePool = .empty,
        rules: BoxRules = BoxRules(minimumSide: 0, minimumArea: 0, minimumVisibility: 0)
    ) throws -> LabeledImage {
        try AugmentationRecipe(recipe).apply(to: sample, pool: pool, rules: rules)
    }

    private func plain(_ width: Int, _ height: Int, _ colour: UInt32, _ objects: LabeledImage.Object...) -> LabeledImage
    {
        LabeledImage(image: Image(width: width, height: height, filledWith: Color(colour)), objects: objects)
    }

    /// A box 10 from the left and 20 from the top of 100 by 60 is, turned clockwise, 10 from the top and 20 from the
    /// right of 60 by 100.
    @Test func quarterTurnsTurnBoxesWithPixels() throws {
        var sample = plain(100, 60, 0x000000, object(10, 20, 30, 15))
        sample.image[row: 20, column: 10, channel: 0] = 255
        let once = try apply("quarter-turns count=1", to: sample)
        #expect(once.objects.map(\.box) == [Box(x: 60 - 20 - 15, y: 10, width: 15, height: 30)])
        // The marked pixel lay in the upper left corner of the box, and lies in its upper right one now.
        #expect(once.image[row: 10, column: 39] == 255)
        let twice = try apply("quarter-turns count=2", to: sample)
        #expect(twice.objects.map(\.box) == [Box(x: 60, y: 25, width: 30, height: 15)])
        #expect(twice.image[row: 39, column: 89] == 255)
        let back = try apply("quarter-turns count=3; quarter-turns count=1", to: sample)
        #expect(back.image == sample.image && back.objects == sample.objects)
    }

    /// The crop (40, 10)-(90, 50): the first box has its centre (45, 20) inside and keeps 3/4 of its width; the second has
    /// its centre (40, 30) on the edge, which is outside; the third is whole.
    @Test func cropKeepsObjectsByTheirCentre() throws {
        let sample = plain(
            100, 60, 0, object(35, 15, 20, 10, label: 1), object(30, 25, 20, 10, label: 2),
            object(60, 20, 20, 20, label: 3))
        let cropped = try apply("crop x=40 y=10 width=50 height=40", to: sample)
        #expect(cropped.image.width == 50 && cropped.image.height == 40)
        #expect(cropped.objects.map(\.label) == [1, 3])
        #expect(
            cropped.objects.map(\.box) == [
                Box(x: 0, y: 5, width: 15, height: 10), Box(x: 20, y: 10, width: 20, height: 20),
            ])
        #expect(cropped.objects.map(\.visibility) == [0.75, 1])
    }

    /// Shifted by 15 to the left, a box of 20 by 10 at 5 keeps 10 of its 20 columns.
    @Test func rulesLookAtWhatIsLeft() throws {
        let sample = plain(100, 60, 0, object(5, 20, 20, 10))
        let shift = "affine angle=0 x=-15 y=0 scale=1 shear-x=0 shear-y=0"
        func kept(side: Double = 0, area: Double = 0, visibility: Double = 0) throws -> [Box] {
            try apply(
                shift, to: sample,
                rules: BoxRules(minimumSide: side, minimumArea: area, minimumVisibility: visibility)
            ).objects.map(\.box)
        }
        let half = [Box(x: 0, y: 20, width: 10, height: 10)]
        #expect(try kept(side: 10, area: 100, visibility: 0.5) == half)
        #expect(try kept(side: 10.1) == [] && kept(area: 100.1) == [] && kept(visibility: 0.51) == [])
        // What has been lost stays lost when it is moved back.
        let back = try apply(shift + "; affine angle=0 x=15 y=0 scale=1 shear-x=0 shear-y=0", to: sample)
        #expect(back.objects.map(\.visibility) == [0.5])
        #expect(back.objects.map(\.box) == [Box(x: 15, y: 20, width: 10, height: 10)])
    }

    /// Of 7 by 5 pixels at a third, two by one are left: the means of nine. The box loses what lay beyond 6 and 3.
    @Test func shrinkingTakesMeans() throws {
        var sample = plain(7, 5, 0x000000, object(3, 0, 4, 4))
        for x in 3..<6 { sample.image[row: 1, column: x, channel: 2] = 200 }
        let shrunk = try apply("shrink factor=3", to: sample)
        #expect(shrunk.image.width == 2 && shrunk.image.height == 1)
        // 3 * 200 / 9 = 66.7
        #expect(shrunk.image.bytes == [0, 0, 0, 0, 0, 67])
        #expect(shrunk.objects.count == 1 && shrunk.objects[0].box == Box(x1: 1, y1: 0, x2: 2, y2: 1))
        // 3 by 3 of 4 by 4.
        #expect(abs(shrunk.objects[0].visibility - 9.0 / 16) < 1e-12)
    }

    /// A quarter of the box is painted over.
    @Test func cutOutTakesVisibility() throws {
        let cut = try apply(
            "cut-out x=0,90 y=0,50 width=20,30 height=20,30", to: plain(100, 60, 0xFFFFFF, object(10, 10, 20, 20)))
        #expect(cut.objects.map(\.visibility) == [0.75])
        #expect(cut.objects.map(\.box) == [Box(x: 10, y: 10, width: 20, height: 20)])
        #expect(cut.image[row: 19, column: 19] == 124 && cut.image[row: 20, column: 19] == 255)
        #expect(cut.image[row: 59, column: 99] == 124)
    }

    /// Four images of 40 by 20 around (30, 15) on 40 by 20. At scale 1 the first lies at (-10, -5), the second at (30, -5),
    /// the third at (-10, 15); the fourth, at half size, at (30, 15).
    @Test func mosaicPutsFourAroundAPoint() throws {
        let whole = object(0, 0, 40, 20)
        let others = [0x00FF00, 0x0000FF, 0xFFFFFF].map { plain(40, 20, UInt32($0), whole) }
        let pool = ImagePool(count: 3) { others[$0] }
        let mosaic = try apply(
            "mosaic others=0,1,2 x=30 y=15 scales=1,1,1,0.5", to: plain(40, 20, 0xFF0000, whole), pool: pool)
        func colour(_ x: Int, _ y: Int) -> [UInt8] { (0..<3).map { mosaic.image[row: y, column: x, channel: $0] } }
        #expect(colour(0, 0) == [255, 0, 0] && colour(29, 14) == [255, 0, 0])
        #expect(colour(30, 14) == [0, 255, 0] && colour(29, 15) == [0, 0, 255] && colour(30, 15) == [255, 255, 255])
        #expect(
            mosaic.objects.map(\.box) == [
                Box(x: 0, y: 0, width: 30, height: 15), Box(x: 30, y: 0, width: 10, height: 15),
                Box(x: 0, y: 15, width: 30, height: 5), Box(x: 30, y: 15, width: 10, height: 5),
            ])
        // 30 x 15 of 40 x 20; 10 x 15; 30 x 5; 10 x 5 of 20 x 10.
        #expect(mosaic.objects.map(\.visibility) == [0.5625, 0.1875, 0.1875, 0.25])
    }

    /// A 20 by 20 image fits 40 by 20 as it is, in columns 10 to 30; 200 * 0.75 + 100 * 0.25 = 175.
    @Test func mixUpLetsTheOtherShineThrough() throws {
        let other = plain(20, 20, 0x646464, object(0, 5, 10, 10, label: 9))
        let mixed = try apply(
            "mix-up other=0 share=0.25", to: plain(40, 20, 0xC8C8C8, object(1, 1, 5, 5)),
            pool: ImagePool(count: 1) { _ in other })
        #expect(mixed.image[row: 0, column: 9] == 200 && mixed.image[row: 0, column: 10] == 175)
        #expect(mixed.image[row: 19, column: 29] == 175 && mixed.image[row: 19, column: 30] == 200)
        #expect(
            mixed.objects.map(\.box) == [Box(x: 1, y: 1, width: 5, height: 5), Box(x: 10, y: 5, width: 10, height: 10)])
    }

    /// The pasted object, at (10, 10), covers a quarter of the one at (15, 15) and is itself whole.
    @Test func pastedObjectsCoverOthers() throws {
        let other = plain(50, 50, 0x0000FF, object(0, 0, 5, 5), object(20, 30, 10, 10, label: 7))
        let pasted = try apply(
            "copy-paste other=0 objects=1 x=10 y=10", to: plain(60, 40, 0, object(15, 15, 10, 10)),
            pool: ImagePool(count: 1) { _ in other })
        #expect(
            pasted.objects.map(\.box) == [
                Box(x: 15, y: 15, width: 10, height: 10), Box(x: 10, y: 10, width: 10, height: 10),
            ])
        #expect(pasted.objects.map(\.visibility) == [0.75, 1] && pasted.objects.map(\.label) == [0, 7])
        #expect(
            pasted.image[row: 10, column: 10, channel: 2] == 255 && pasted.image[row: 9, column: 10, channel: 2] == 0)
        #expect(
            pasted.image[row: 19, column: 19, channel: 2] == 255 && pasted.image[row: 20, column: 19, channel: 2] == 0)
    }

    /// Mean and deviation of many draws on grey, and another seed.
    @Test func noiseIsAsWideAsSaid() throws {
        let grey = plain(200, 200, 0x808080)
        let noisy = try apply("noise deviation=10 seed=5", to: grey).image
        let values = noisy.bytes.map { Double($0) - 128 }
        let mean = values.reduce(0, +) / Double(values.count)
        let deviation = (values.map { $0 * $0 }.reduce(0, +) / Double(values.count)).squareRoot()
        // The mean of 120,000 draws lies within 0.1 of 0; rounding adds 1/12 to the variance.
        #expect(abs(mean) < 0.15 && abs(deviation - 10.004) < 0.1)
        #expect(try apply("noise deviation=10 seed=6", to: grey).image != noisy)
    }

    @Test func jpegLeavesItsTraces() throws {
        let image = SmallPicture.image(width: 64, height: 48)
        let coarse = try apply("jpeg quality=10", to: LabeledImage(image: image, objects: [])).image
        #expect(try coarse == Image(bytes: image.jpegBytes(quality: 10)))
        #expect(coarse.width == 64 && coarse != image)
    }

    @Test(arguments: [1, 2, 3]) func tinyImagesSurviveEverything(side: Int) throws {
        let sample = plain(side, 1, 0x336699, object(0, 0, 1, 1))
        let pool = ImagePool(count: 1) { _ in sample }
        for text in [
            "blur deviation=3", "affine angle=45 x=0 y=0 scale=0.5 shear-x=0 shear-y=0",
            "crop x=0 y=0 width=9 height=9",
            "crop x=50 y=0 width=9 height=9", "cut-out x=-5 y=-5 width=50 height=50", "jpeg quality=1",
            "mosaic others=0,0,0 x=0 y=0 scales=0.1,1,1,1", "mix-up other=0 share=1", "quarter-turns count=1",
            "copy-paste other=0 objects=0,7 x=900,1 y=-900,1", "hue shift=0.5", "contrast factor=0",
        ] {
            let result = try apply(text, to: sample, pool: pool)
            #expect(result.image.width > 0 && result.image.height > 0, "\(text)")
        }
    }
}
