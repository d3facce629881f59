import NeedletailAugmentation
import NeedletailGeometry
import NeedletailImages
import Testing

/// Operations that move pixels: boxes go where the pixels go.
@Suite struct WarpTests {
    /// A red rectangle on black, seen again as what is more red than anything else.
    private func rectangle(_ box: PixelRectangle, width: Int = 160, height: Int = 120) -> LabeledImage {
        var image = Image(width: width, height: height)
        image.withUnsafeMutableBytes { bytes in
            for y in box.y..<box.y + box.height {
                for x in box.x..<box.x + box.width { bytes[3 * (y * width + x)] = 255 }
            }
        }
        return LabeledImage(image: image, objects: [.init(box: box.box, label: 1)])
    }

    /// The extent of red pixels, with the share of red in those at its edges, which bilinear interpolation leaves there.
    private func found(_ image: Image) -> Box? {
        var box: Box?
        for y in 0..<image.height {
            for x in 0..<image.width {
                let red = Double(image[row: y, column: x]) - Double(image[row: y, column: x, channel: 1])
                guard red >= 128 else { continue }
                let pixel = Box(x: Double(x), y: Double(y), width: 1, height: 1)
                box =
                    box.map {
                        Box(
                            x1: min($0.x, pixel.x), y1: min($0.y, pixel.y), x2: max($0.x2, pixel.x2),
                            y2: max($0.y2, pixel.y2))
                    } ?? pixel
            }
        }
        return box
    }

    @Test(arguments: [
        "perspective scale=0..0.15", "perspective scale=-0.15..0.1", "elastic", "elastic alpha=300 deviation=20",
        "optical-distortion distort=-0.3..-0.1", "optical-distortion distort=0.2..0.8", "grid-distortion",
        "grid-distortion steps=3..9 distort=-0.6..0.6", "affine angle=-40..40", "transpose", "quarter-turns",
        "resize width=93 height=151", "resize height=64", "resized-crop width=80 height=90 scale=0.4..1", "safe-crop",
        "pad width=200 multiple=32", "pad-square",
    ])
    func boxesAreWhereTheirPixelsAre(text: String) throws {
        let policy = try AugmentationPolicy(text: "\(text)\nboxes min-visible=0")
        var compared = 0
        for epoch in 1...12 {
            let sample = rectangle(PixelRectangle(x: 20 + epoch * 5, y: 70 - epoch * 4, width: 34, height: 26))
            let (result, recipe) = policy.augment(sample, name: "x", seed: 4, epoch: epoch)
            guard let box = result.objects.first?.box, let seen = found(result.image) else { continue }
            compared += 1
            for (ours, theirs) in [(box.x, seen.x), (box.y, seen.y), (box.x2, seen.x2), (box.y2, seen.y2)] {
                #expect(abs(ours - theirs) <= 1.5, "\(recipe): \(box) beside \(seen)")
            }
        }
        #expect(compared >= 10)
    }

    /// Of 60 by 40, 90 by 20 is made: boxes by 1.5 and a half. One side alone keeps the ratio.
    @Test func resizingScalesBoxes() throws {
        let sample = rectangle(PixelRectangle(x: 10, y: 8, width: 20, height: 16), width: 60, height: 40)
        let policy = try AugmentationPolicy(text: "resize width=90 height=20\nresize height=20\nresize width=45")
        let (result, recipe) = policy.augment(sample, name: "x", seed: 0, epoch: 1)
        // The second step finds a height of 20; the third makes 45 by 10 of 90 by 20.
        #expect(recipe.description == "resize width=90 height=20; resize width=45 height=10")
        #expect(result.objects.map(\.box) == [Box(x: 7.5, y: 2, width: 15, height: 4)])
    }

    /// 60 by 40 in the middle of 64 by 48, the next multiples of 16; square, of 60 by 60.
    @Test func paddingIsTheSameOnAllSides() throws {
        let sample = rectangle(PixelRectangle(x: 10, y: 8, width: 20, height: 16), width: 60, height: 40)
        func recipe(_ text: String) throws -> String {
            try AugmentationPolicy(text: text).augment(sample, name: "x", seed: 0, epoch: 1).recipe.description
        }
        #expect(try recipe("pad multiple=16") == "zoom-out left=2 top=4 width=64 height=48")
        #expect(try recipe("pad width=100 height=20") == "zoom-out left=20 top=0 width=100 height=40")
        #expect(try recipe("pad-square") == "zoom-out left=0 top=10 width=60 height=60")
        #expect(try recipe("pad height=40") == "unchanged")
    }

    @Test func safeCropsKeepAllBoxesWhole() throws {
        let policy = try AugmentationPolicy(text: "safe-crop")
        var areas: Set<Int> = []
        for epoch in 1...40 {
            let sample = SmallPicture.sample(seed: 3)
            let (result, _) = policy.augment(sample, name: "x", seed: 1, epoch: epoch)
            #expect(result.objects.count == sample.objects.count)
            #expect(result.objects.allSatisfy { $0.visibility == 1 })
            areas.insert(result.image.width * result.image.height)
        }
        #expect(areas.count > 5)
    }

    /// Parts have a fifth to half of the area of 64 by 48 and a ratio up to 2, and become 50 by 30.
    @Test func resizedCropsHaveOneSize() throws {
        let policy = try AugmentationPolicy(text: "resized-crop width=50 height=30 scale=0.2..0.5 aspect=0.5..2")
        for epoch in 1...60 {
            let sample = LabeledImage(image: SmallPicture.image(width: 64, height: 48), objects: [])
            let (result, recipe) = policy.augment(sample, name: "x", seed: 1, epoch: epoch)
            #expect(result.image.width == 50 && result.image.height == 30)
            guard case .crop(let part) = recipe.operations.first else { continue }
            let area = Double(part.width * part.height) / (64 * 48), ratio = Double(part.width) / Double(part.height)
            #expect((0.19...0.52).contains(area) && (0.47...2.1).contains(ratio), "\(recipe)")
        }
    }

    /// The two corners at the top lie a tenth of 100 further in: the trapezoid's edge at the top is 80 wide and fills 100.
    @Test func perspectiveFillsTheImageWithAQuadrilateral() throws {
        let sample = LabeledImage(
            image: Image(width: 100, height: 100),
            objects: [.init(box: Box(x: 10, y: 0, width: 80, height: 1e-9), label: 1)])
        let rules = BoxRules(minimumSide: 0, minimumArea: 0, minimumVisibility: 0)
        let moved = try AugmentationRecipe("perspective scale=0.1,0,0.1,0,0,0,0,0").apply(to: sample, rules: rules)
        let box = try #require(moved.objects.first?.box)
        #expect(abs(box.x) < 1e-6 && abs(box.x2 - 100) < 1e-6 && abs(box.y) < 1e-6)
    }
}
