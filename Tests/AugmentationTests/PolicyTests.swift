import NeedletailAugmentation
import NeedletailGeometry
import NeedletailImages
import NeedletailRandom
import Testing

@Suite struct PolicyTests {
    /// One of each operation, some from a choice.
    private static let everything: String = {
        let sizes = ["pad": "width=70 multiple=16", "resize": "width=50", "resized-crop": "width=60 height=44"]
        let lines = AugmentationStep.names.map { "\($0) p=0.15 \(sizes[$0] ?? "")  # comments end lines" }
        return lines.prefix(30).joined(separator: "\n") + "\nsome-of count=1..4 {\n"
            + lines.dropFirst(30).joined(separator: "\n") + "\n}\nboxes min-side=2 min-visible=0.2"
    }()

    /// The text of every recipe gives the same pixels and boxes again.
    @Test func recipesReplay() throws {
        let policy = try AugmentationPolicy(text: Self.everything)
        var seen: Set<Substring> = []
        for epoch in 1...150 {
            let sample = SmallPicture.sample(seed: UInt64(epoch))
            let (result, recipe) = policy.augment(
                sample, name: "a.jpg", seed: 3, epoch: epoch, pool: SmallPicture.pool)
            let again = try AugmentationRecipe(recipe.description)
                .apply(to: sample, pool: SmallPicture.pool, rules: policy.rules)
            #expect(again.image == result.image && again.objects == result.objects, "\(recipe)")
            for operation in recipe.operations { seen.insert(operation.text.prefix { $0 != " " }) }
        }
        // What is drawn as affine, zoom-out, crop, resize and cut-out.
        let others: Set<Substring> = [
            "translate", "rotate", "scale-jitter", "frame", "pad", "pad-square", "safe-crop", "resized-crop",
            "coarse-dropout",
        ]
        #expect(seen.count > 50)
        #expect(Set(AugmentationStep.names.map { $0[...] }).subtracting(seen) == others)
    }

    /// A draw depends on seed, epoch and name, and on nothing that was drawn before.
    @Test func drawsDependOnSeedEpochAndName() {
        let policy = AugmentationPolicy(.strong)
        let sample = SmallPicture.sample(seed: 1)
        func recipe(_ name: String, seed: UInt64, epoch: Int) -> AugmentationRecipe {
            policy.augment(sample, name: name, seed: seed, epoch: epoch, pool: SmallPicture.pool).recipe
        }
        let first = recipe("a.jpg", seed: 1, epoch: 4)
        let others = [
            recipe("b.jpg", seed: 1, epoch: 4), recipe("a.jpg", seed: 2, epoch: 4), recipe("a.jpg", seed: 1, epoch: 5),
        ]
        #expect(recipe("a.jpg", seed: 1, epoch: 4) == first && !others.contains(first) && Set(others).count == 3)
    }

    @Test(arguments: AugmentationPolicy.Preset.allCases) func presetsKeepBoxesInside(
        _ preset: AugmentationPolicy.Preset
    ) {
        let policy = AugmentationPolicy(preset)
        var changed = 0
        for epoch in 1...200 {
            let sample = SmallPicture.sample(seed: UInt64(epoch))
            let (result, recipe) = policy.augment(
                sample, name: "x", seed: 0, epoch: epoch, pool: SmallPicture.pool)
            if !recipe.operations.isEmpty { changed += 1 }
            #expect(!result.objects.isEmpty, "\(recipe)")
            for object in result.objects {
                let box = object.box
                #expect(
                    box.x >= 0 && box.y >= 0 && box.x2 <= Double(result.image.width)
                        && box.y2 <= Double(result.image.height) && policy.rules.keeps(object), "\(recipe)")
            }
        }
        switch preset {
        case .none: #expect(changed == 0)
        case .flip: #expect((70...130).contains(changed))
        case .light: #expect((170...200).contains(changed))
        default: #expect((190...200).contains(changed))
        }
    }

    /// The conditions of torchvision's RandomIoUCrop hold for every crop, and every overlap occurs.
    @Test func cropsFulfilTheirConditions() throws {
        let policy = try AugmentationPolicy(text: "crop\nboxes min-side=0 min-area=0 min-visible=0")
        var unchanged = 0
        for epoch in 1...600 {
            let sample = SmallPicture.sample(seed: UInt64(epoch))
            let (result, recipe) = policy.augment(sample, name: "x", seed: 9, epoch: epoch)
            guard case .crop(let crop) = recipe.operations.first else {
                unchanged += 1
                continue
            }
            // 64 by 48: sides from 0.3 up, whole pixels.
            #expect((19...64).contains(crop.width) && (14...48).contains(crop.height))
            #expect((0.5...2).contains(Double(crop.width) / Double(crop.height)))
            #expect(crop.x >= 0 && crop.y >= 0 && crop.x + crop.width <= 64 && crop.y + crop.height <= 48)
            #expect(!result.objects.isEmpty && result.image.width == crop.width && result.image.height == crop.height)
        }
        // One overlap in seven leaves the image whole, more often where 0.9 can hardly be reached.
        #expect((60...300).contains(unchanged))
    }

    /// Whatever is cropped from 64 by 48 has sides of 4 by 3 again, to a pixel, and objects stay on their pixels.
    @Test func framesKeepTheRatioOfTheSides() throws {
        let policy = try AugmentationPolicy(text: "crop\nframe")
        var framed = 0
        for epoch in 1...100 {
            let sample = SmallPicture.sample(seed: UInt64(epoch))
            let (result, recipe) = policy.augment(sample, name: "x", seed: 5, epoch: epoch)
            let (width, height) = (result.image.width, result.image.height)
            #expect(abs(width * 3 - height * 4) <= 2, "\(recipe)")
            guard recipe.operations.count == 2, case .zoomOut(let left, let top, _, _) = recipe.operations[1],
                case .crop(let crop) = recipe.operations[0]
            else { continue }
            framed += 1
            // One side grows, and only as far as it must.
            #expect(width == crop.width || height == crop.height)
            #expect(
                result.image.cropped(x: left, y: top, width: crop.width, height: crop.height)
                    == sample.image.cropped(x: crop.x, y: crop.y, width: crop.width, height: crop.height))
        }
        #expect(framed > 50)
    }

    /// 64 by 48 is shrunk to a half for a side of 24 or less and more than 16.
    @Test func largeImagesAreShrunkFirst() throws {
        let policy = AugmentationPolicy(.strong)
        let sample = SmallPicture.sample(seed: 3)
        for (side, factor) in [(48, 1), (25, 1), (24, 2), (17, 2), (16, 3)] {
            let (result, recipe) = policy.augment(
                sample, name: "x", seed: 1, epoch: 2, pool: SmallPicture.pool, sufficientSide: side)
            let first = recipe.operations.first?.text ?? ""
            #expect(factor == 1 ? !first.hasPrefix("shrink") : first == "shrink factor=\(factor)", "\(side)")
            let again = try AugmentationRecipe(recipe.description).apply(
                to: sample, pool: SmallPicture.pool, rules: policy.rules)
            #expect(again.image == result.image && again.objects == result.objects)
        }
    }

    @Test func imagesWithoutBoxesAreAugmentedToo() {
        let sample = LabeledImage(image: SmallPicture.image(), objects: [])
        for epoch in 1...50 {
            let result = AugmentationPolicy(.standard).augment(sample, name: "e", seed: 0, epoch: epoch)
            #expect(result.sample.objects.isEmpty)
        }
    }

    /// Cut-outs that cover everything are drawn five times; then the image stays.
    @Test func anImageKeepsAtLeastOneObject() throws {
        let policy = try AugmentationPolicy(text: "cut-out side=1 count=1")
        let sample = SmallPicture.sample(seed: 4)
        let (result, recipe) = policy.augment(sample, name: "x", seed: 0, epoch: 1)
        #expect(recipe.description == "unchanged" && result.objects == sample.objects && result.image == sample.image)
    }

    /// An image that cannot be read is not joined, and nothing fails.
    @Test func unreadablePartnersAreLeftOut() throws {
        let policy = try AugmentationPolicy(text: "mosaic\nmix-up\ncopy-paste\nflip-horizontal")
        let pool = ImagePool(count: 3) { _ in throw AugmentationError("gone") }
        let (_, recipe) = policy.augment(SmallPicture.sample(seed: 2), name: "x", seed: 0, epoch: 1, pool: pool)
        #expect(recipe.description == "flip-horizontal")
    }

    @Test(arguments: [
        ("turn p=0.5", "there is no operation 'turn'"), ("flip-horizontal p=2", "p takes a number from 0.0 to 1.0"),
        ("brightness factor=1.2..0.8", "factor takes a number, or low..high"), ("blur sigma=2", "no setting 'sigma'"),
        ("blur deviation", "'deviation' is not understood"), ("blur deviation=1 deviation=2", "each setting once"),
        ("noise deviation=nan", "deviation takes a number"), ("crop scale=0..1", "from 0.05 to 1.0"),
        ("boxes min-visible=7", "min-visible takes"), ("quarter-turns angle=90", "no setting 'angle'"),
        ("zoom-out side=1..1e300", "side takes"), ("gamma gamma=0", "gamma takes"), ("fog seed=3", "no setting 'seed'"),
        ("resize", "width or height is missing"), ("pad multiple=0", "multiple takes whole pixels from 1 to 8192"),
        ("perspective scale=0.1..0.4", "from -0.2 to 0.25"), ("one-of", "end this line with '{'"),
        ("one-of {", "'{' is never closed"), ("}", "closes nothing"), ("{", "'{' is never closed"),
        ("sepia {", "'{' is never closed"),
    ])
    func policiesThatAreWrongNameTheLine(text: String, message: String) {
        let error = #expect(throws: AugmentationError.self) {
            try AugmentationPolicy(text: "# comment\nflip-horizontal\n\(text)\n")
        }
        #expect(
            error?.description.hasPrefix("line 3: ") == true && error?.description.contains(message) == true, "\(text)")
    }

    /// Faults that are found at the closing brace, or within.
    @Test(arguments: [
        ("one-of {\n}", 1, "nothing between"), ("sepia{\ninvert\n}", 1, "only one-of and some-of choose"),
        ("some-of count=1..3 {\ninvert\nsepia\n}", 1, "count takes a number, or low..high, from 0.0 to 2.0"),
        ("one-of count=1{\ninvert\n}", 1, "no setting 'count'"), ("one-of {\nboxes min-side=3\n}", 2, "'boxes'"),
        ("one-of {\nsome-of {\ninvert\n}", 1, "'{' is never closed"), ("one-of {\ninvert p=2\n}", 2, "p takes"),
    ])
    func choicesThatAreWrongNameTheLine(text: String, line: Int, message: String) {
        let error = #expect(throws: AugmentationError.self) { try AugmentationPolicy(text: text) }
        #expect(
            error?.description.hasPrefix("line \(line): ") == true && error?.description.contains(message) == true,
            "\(text): \(error?.description ?? "")")
    }

    @Test(arguments: [
        "crop x=1 y=2 width=0 height=4", "crop x=1", "mosaic others=1,2 x=1 y=1 scales=1,1,1,1", "hue shift=3",
        "zoom-out left=0 top=0 width=1000000 height=5", "affine angle=1", "noise deviation=1 seed=-4", "p", "; x",
        "copy-paste other=0 objects=1,2 x=1 y=1", "quarter-turns count=9", "mix-up other=a share=0.5",
        "gamma", "gamma gamma=0", "noise deviation=1", "sepia seed=1", "color-shift shift=1,2", "resize width=5",
        "multiplicative-noise multiplier=1.1..0.9 seed=3", "perspective scale=0,0,0,0,0,0,0,0.3", "gamma gamma=nan",
        "one-of", "resize width=1e9 height=1",
    ])
    func recipesThatAreWrongAreRefused(text: String) {
        #expect(throws: AugmentationError.self) { try AugmentationRecipe(text) }
    }
}
