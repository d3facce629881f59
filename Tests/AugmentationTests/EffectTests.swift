import NeedletailAugmentation
import NeedletailGeometry
import NeedletailImages
import NeedletailRandom
import Testing

/// Values worked out by hand, and what must hold of effects that are drawn.
@Suite struct EffectTests {
    private func apply(_ recipe: String, to image: Image) throws -> Image {
        try AugmentationRecipe(recipe).apply(to: LabeledImage(image: image, objects: [])).image
    }

    private func plain(_ red: UInt8, _ green: UInt8, _ blue: UInt8, width: Int = 16, height: Int = 16) -> Image {
        Image(width: width, height: height, filledWith: Color(red: red, green: green, blue: blue))
    }

    private func pixel(_ image: Image, _ x: Int = 0, _ y: Int = 0) -> [UInt8] {
        (0..<3).map { image[row: y, column: x, channel: $0] }
    }

    @Test(arguments: [
        "gamma gamma=1", "posterize bits=8", "solarize threshold=256", "invert; invert", "tint hue=0.4 amount=0",
        "temperature kelvin=6500", "color-shift shift=0,0,0", "fancy-pca deviation=0 seed=3", "channel-shuffle order=0",
        "motion-blur size=1 angle=30", "median-blur size=1", "zoom-blur factor=1 step=0.01", "defocus radius=0",
        "sharpness factor=1", "sharpen alpha=0 lightness=1", "emboss alpha=0 strength=0.5", "downscale scale=1",
        "superpixels segments=9 share=0 seed=1", "iso-noise color-shift=0 intensity=0 seed=1",
        "multiplicative-noise multiplier=1.0..1.0 seed=1", "salt-and-pepper amount=0 salt=0.5 seed=1",
        "pixel-dropout share=0 seed=1", "grid-dropout unit=0.2 ratio=0 seed=1", "fog amount=0 seed=1",
        "rain drops=0 slant=5 length=0.1 brightness=1 seed=1", "snow point=1 brightness=1 flakes=0 seed=1",
        "shadow count=3 intensity=0 seed=1", "sun-flare radius=0 circles=0 seed=1",
        "perspective scale=0,0,0,0,0,0,0,0", "elastic alpha=0 deviation=5 seed=1", "optical-distortion distort=0",
        "grid-distortion steps=5 distort=0.0..0.0 seed=1", "transpose; transpose", "resize width=23 height=17",
    ])
    func neutralNumbersChangeNothing(recipe: String) throws {
        let image = SmallPicture.image()
        #expect(try apply(recipe, to: image) == image)
    }

    @Test func coloursAreMixedAsWorkedOutByHand() throws {
        // 0.393 * 100 + 0.769 * 150 + 0.189 * 100 = 173.6; 34.9 + 102.9 + 16.8 = 154.6; 27.2 + 80.1 + 13.1 = 120.4.
        #expect(try pixel(apply("sepia", to: plain(100, 150, 100))) == [174, 155, 120])
        // Grey of (100, 150, 100) is 0.2989 * 100 + 0.587 * 150 + 0.114 * 100 = 129.34; at hue 1/3 half of it is green.
        #expect(
            try pixel(apply("tint hue=0.3333333333333333 amount=0.5", to: plain(100, 150, 100))) == [50, 140, 50])
        #expect(try pixel(apply("channel-shuffle order=1", to: plain(1, 2, 3))) == [1, 3, 2])
        #expect(try pixel(apply("color-shift shift=-20,5.4,250", to: plain(10, 20, 30))) == [0, 25, 255])
        let dropped = try (0..<20).map { try pixel(apply("channel-dropout channels=1 seed=\($0)", to: plain(1, 2, 3))) }
        #expect(Set(dropped) == [[0, 2, 3], [1, 0, 3], [1, 2, 0]])
        let warm = try pixel(apply("temperature kelvin=3000", to: plain(100, 100, 100)))
        let cold = try pixel(apply("temperature kelvin=12000", to: plain(100, 100, 100)))
        #expect(warm[0] > 120 && warm[1] == 100 && warm[2] < 75 && cold[0] < 95 && cold[1] == 100 && cold[2] > 105)
    }

    /// Red is 0 and 200 in equal parts: a variance of (100 / 255)² = 0.1538 along red, none across it.
    @Test func principalAxesOfOneChannel() throws {
        var image = plain(0, 90, 60, width: 10, height: 2)
        for x in 0..<10 { image[row: 1, column: x] = 200 }
        let shifted = try apply("fancy-pca deviation=1 seed=8", to: image)
        var stream = RandomStream(seed: 8)
        let shift = Double(stream.nextNormal()) * 100 * 100 / 255
        #expect(pixel(shifted, 3, 0) == [UInt8(min(max(shift, 0), 255) + 0.5), 90, 60])
        #expect(pixel(shifted, 3, 1) == [UInt8(min(max(200 + shift, 0), 255) + 0.5), 90, 60])
    }

    /// One bright pixel, 20 on 10: what each kernel makes of it and its neighbours.
    @Test func kernelsAreAsWorkedOutByHand() throws {
        var image = plain(10, 10, 10, width: 7, height: 7)
        for c in 0..<3 { image[row: 3, column: 3, channel: c] = 20 }
        func row(_ recipe: String, _ y: Int) throws -> [UInt8] {
            let result = try apply(recipe, to: image)
            return (2...4).map { result[row: y, column: $0, channel: 1] }
        }
        // Half of nine times and half of the pixel itself: 5; half of -1 at its neighbours; in sum 1.
        #expect(try row("sharpen alpha=0.5 lightness=1", 3) == [5, 60, 5])
        #expect(try row("sharpen alpha=0.5 lightness=1", 2) == [5, 5, 5])
        // -2 -1 0, -1 1 1, 0 1 2: what is up and left sees the pixel through the 2.
        #expect(try row("emboss alpha=1 strength=1", 2) == [30, 20, 10])
        #expect(try row("emboss alpha=1 strength=1", 3) == [20, 20, 0])
        #expect(try row("emboss alpha=1 strength=1", 4) == [10, 0, 0])
        // A third each along the line: 13.3.
        #expect(try row("motion-blur size=3 angle=0", 3) == [13, 13, 13])
        #expect(try row("motion-blur size=3 angle=0", 2) == [10, 10, 10])
        #expect(try row("motion-blur size=3 angle=90", 2) == [10, 13, 10])
        #expect(try row("motion-blur size=3 angle=45", 2) == [10, 10, 13].reversed())
        #expect(try row("median-blur size=3", 3) == [10, 10, 10])
        // 1, four times 0.5 and four times 1.5 - √2 = 0.0858 are 3.343: 10 / 3.343 = 3.0, 1.5, 0.26 more than 10.
        #expect(try row("defocus radius=1", 3) == [11, 13, 11])
        #expect(try row("defocus radius=1", 2) == [10, 11, 10])
    }

    /// The definition, on a picture smaller than the window too.
    @Test(arguments: [(9, 8, 3), (9, 8, 5), (2, 5, 7)]) func mediansAreInTheMiddle(width: Int, height: Int, side: Int)
        throws
    {
        let image = SmallPicture.image(width: width, height: height)
        let filtered = try apply("median-blur size=\(side)", to: image)
        func mirror(_ place: Int, _ count: Int) -> Int {
            var place = place
            while place < 0 || place >= count { place = place < 0 ? -place : 2 * (count - 1) - place }
            return place
        }
        let reach = -(side / 2)...side / 2
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<3 {
                    let values = reach.flatMap { dy in
                        reach.map { image[row: mirror(y + dy, height), column: mirror(x + $0, width), channel: c] }
                    }
                    #expect(filtered[row: y, column: x, channel: c] == values.sorted()[side * side / 2])
                }
            }
        }
    }

    /// One tile of one value. Grey of 128 is 127. Unclipped, all 256 pixels lie below or at it: 255. Clipped at one pixel
    /// a value, 255 are spread over 256 values: 1 + 128 * 255 / 256 = 128.5 of 256 pixels, or 128 of 255.
    @Test func localEqualizationIsClipped() throws {
        let image = plain(128, 128, 128)
        #expect(try pixel(apply("clahe clip=256 tiles=1", to: image), 5, 5) == [255, 255, 255])
        #expect(try pixel(apply("clahe clip=1 tiles=1", to: image), 5, 5) == [129, 129, 129])
    }

    /// Four quarters are four segments, and stay; of noise at most so many colours are left.
    @Test func superpixelsAreMeans() throws {
        var quarters = plain(200, 10, 10, width: 64, height: 48)
        for (x, y, color) in [(32, 0, 0x0AC80A), (0, 24, 0x0A0AC8), (32, 24, 0xC8C80A)] as [(Int, Int, UInt32)] {
            for row in y..<y + 24 {
                for column in x..<x + 32 {
                    for c in 0..<3 {
                        quarters[row: row, column: column, channel: c] = UInt8(color >> (16 - 8 * c) & 255)
                    }
                }
            }
        }
        #expect(try apply("superpixels segments=4 share=1 seed=0", to: quarters) == quarters)
        let coarse = try apply("superpixels segments=20 share=1 seed=0", to: SmallPicture.image(width: 64, height: 48))
        let colors = Set((0..<64 * 48).map { pixel(coarse, $0 % 64, $0 / 64) })
        #expect((10...25).contains(colors.count))
    }

    /// Half of each direction in squares of 5 of 10 pixels: a quarter of the whole picture wherever the grid begins.
    @Test func gridDropoutTakesItsShare() throws {
        let sample = LabeledImage(
            image: plain(255, 255, 255, width: 20, height: 20),
            objects: [.init(box: Box(x: 0, y: 0, width: 20, height: 20), label: 1)])
        for seed in 0..<5 {
            let result = try AugmentationRecipe("grid-dropout unit=0.5 ratio=0.5 seed=\(seed)").apply(to: sample)
            #expect(result.objects.map(\.visibility) == [0.75])
            #expect(result.image.bytes.count { $0 == 124 } == 100)
        }
    }

    /// Of 40,000 pixels a twentieth is changed, four fifths of it to white.
    @Test func saltAndPepperAsManyAsSaid() throws {
        let image = plain(90, 90, 90, width: 200, height: 200)
        let noisy = try apply("salt-and-pepper amount=0.05 salt=0.8 seed=1", to: image)
        let values = stride(from: 0, to: noisy.bytes.count, by: 3).map { noisy.bytes[$0] }
        #expect(abs(values.count { $0 == 255 } - 1600) < 120 && abs(values.count { $0 == 0 } - 400) < 60)
        let dropped = try apply("pixel-dropout share=0.1 seed=1", to: image)
        #expect(abs(dropped.bytes.count { $0 == 0 } - 12_000) < 600)
        // Evenly from 80 to 120: mean 100, deviation 40 / √12 = 11.5.
        let scaled = try apply("multiplicative-noise multiplier=0.8..1.2 seed=1", to: plain(100, 100, 100, width: 200))
        #expect(scaled.bytes.min() == 80 && scaled.bytes.max() == 120)
    }

    /// What lies in the light and what in the shade.
    @Test func weatherBrightensAndDarkens() throws {
        let grey = plain(90, 90, 90, width: 120, height: 90)
        func change(_ recipe: String) throws -> (lowest: Int, highest: Int) {
            let values = try apply(recipe, to: grey).bytes.map { Int($0) - 90 }
            return (values.min() ?? 0, values.max() ?? 0)
        }
        #expect(try change("fog amount=0.8 seed=1").lowest >= 0 && change("fog amount=0.8 seed=1").highest > 60)
        #expect(try change("shadow count=1 intensity=0.5 seed=1") == (-45, 0))
        // 90 * 0.7 = 63 between the drops.
        let rain = try change("rain drops=50 slant=5 length=0.1 brightness=0.7 seed=1")
        #expect(rain.lowest == -27 && rain.highest > 20)
        // Lightness 90 is below 83 + 127 * 0.5 by more than the soft edge, and doubles.
        let snow = try apply("snow point=0.5 brightness=2 flakes=0 seed=1", to: grey)
        #expect(pixel(snow) == [180, 180, 180])
        let flare = try change("sun-flare radius=0.5 circles=5 seed=1")
        #expect(flare.lowest >= 0 && flare.highest > 150)
        // Another seed is other weather; the same one the same.
        for name in ["fog amount=0.5", "shadow count=1 intensity=0.5", "sun-flare radius=0.5 circles=5"] {
            #expect(try apply("\(name) seed=1", to: grey) == apply("\(name) seed=1", to: grey))
            #expect(try apply("\(name) seed=1", to: grey) != apply("\(name) seed=2", to: grey))
        }
    }

    /// Every operation with numbers from its whole range, on pictures of a few pixels and with a box on the edge.
    @Test(arguments: [(1, 1), (2, 1), (3, 2), (1, 40)]) func tinyImagesSurviveEveryEffect(width: Int, height: Int)
        throws
    {
        let sample = LabeledImage(
            image: SmallPicture.image(width: width, height: height),
            objects: [.init(box: Box(x: 0, y: 0, width: Double(width), height: Double(height)), label: 0)])
        let pool = ImagePool(count: 1) { _ in sample }
        for name in AugmentationStep.names {
            let sizes = ["resize": "width=7", "pad": "multiple=4"]
            let policy = try AugmentationPolicy(text: "\(name) \(sizes[name] ?? "")\nboxes min-side=0 min-area=0")
            for epoch in 1...3 {
                let (result, recipe) = policy.augment(sample, name: "x", seed: 1, epoch: epoch, pool: pool)
                #expect(result.image.width > 0 && result.image.height > 0, "\(recipe)")
                #expect(result.objects.allSatisfy { $0.box.hasArea }, "\(recipe)")
                let again = try AugmentationRecipe(recipe.description).apply(
                    to: sample, pool: pool, rules: policy.rules)
                #expect(again.image == result.image && again.objects == result.objects, "\(recipe)")
            }
        }
    }
}
