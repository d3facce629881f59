import Foundation
import NeedletailAugmentation
import NeedletailModels
import NeedletailTraining
import Testing

@Suite struct TrainingRecipeTests {
    /// 2000 images are looked at, or as many as 10 passes have.
    @Test(arguments: [(205, 10), (200, 10), (199, 11), (100, 20), (33, 61), (20, 100), (1, 100), (100_000, 10)])
    func fewImagesAreSeenMoreOften(images: Int, epochs: Int) {
        #expect(TrainingRecipe(.balanced).epochs(imageCount: images) == epochs)
    }

    @Test func stepsFallInTheMorePasses() {
        var recipe = RetinaNetRecipe.recipe(.fast)
        recipe.schedule = .steps
        let configuration = recipe.configuration(imageCount: 100, seed: 0)
        #expect(configuration.epochs == 20)
        #expect(configuration.schedule.decay == .steps(epochs: [13, 18], factor: 0.1))
    }

    /// About a seventh of the epochs, but never all, where there is something to end.
    @Test(arguments: [(1, 0), (2, 1), (5, 1), (10, 2), (25, 4)]) func someEpochsClose(epochs: Int, closing: Int) {
        var recipe = TrainingRecipe(.balanced)
        (recipe.epochs, recipe.leastViews) = (epochs, 0)
        func count() -> Int { recipe.configuration(imageCount: 9, seed: 0).closingEpochs }
        #expect(count() == 0)
        recipe.variation = ImageVariation(.strong)
        #expect(count() == closing)
        recipe.closingEpochs = 7
        #expect(count() == 7)
    }

    @Test func passesThatWereAskedForStay() {
        var recipe = TrainingRecipe(.balanced)
        (recipe.epochs, recipe.leastViews) = (3, 0)
        #expect(recipe.configuration(imageCount: 5, seed: 0).epochs == 3)
        #expect(TrainingRecipe(.reference).epochs(imageCount: 5) == 12)
    }
}

/// A recipe is a value.
@Suite struct RecipeValueTests {
    @Test(arguments: TrainingRecipe.Preset.allCases) func isReadAsWritten(preset: TrainingRecipe.Preset) throws {
        var recipe = RetinaNetRecipe.recipe(preset)
        recipe.retinaNet?.ownParts = [.channels, .anchorSize]
        recipe.optimizer.method = RMSProp(momentum: 0.5)
        recipe.variation = .policy(AugmentationPolicy(.strong))
        let data = try JSONEncoder().encode(recipe)
        #expect(try JSONDecoder().decode(TrainingRecipe.self, from: data) == recipe)
    }

    @Test func learningRateIsThatOfAStep() {
        var recipe = TrainingRecipe.reference
        #expect(recipe.learningRate == 0.005)
        (recipe.batchSize, recipe.batchesPerStep) = (2, 4)
        #expect(recipe.learningRate == 0.01)
        recipe.learningRate = 0.08
        #expect(recipe.learningRatePerImage == 0.01)
        #expect(recipe.configuration(imageCount: 100, seed: 0).schedule.baseRate == 0.08)
    }

    /// A rate that suits one method means nothing to another; that of the recipe's own method stays.
    @Test func anotherOptimizerHasItsOwnRate() throws {
        func rate(_ preset: TrainingRecipe, _ name: String) throws -> Float {
            var recipe = preset
            recipe.choose(try #require(OptimizerConfiguration.choices.first { $0.name == name }))
            return recipe.learningRatePerImage
        }
        #expect(try rate(.reference, "nesterov") == 0.00125)
        #expect(try rate(.balanced, "nesterov") == 0.0025)
        #expect(try rate(.balanced, "adagrad") == 5e-4)
        #expect(try rate(.balanced, "adamw") == 5e-5)
    }

    @Test func weightsDecideWhatIsNotAskedFor() {
        let source = RetinaNet(
            backbone: .resnet18, version: .v1, channels: 64, headDepth: 3, classCount: 2,
            anchors: .retinaNet(smallestSize: 16, aspectRatios: [1]))
        var recipe = RetinaNetRecipe(version: .v2, channels: 96, headDepth: 4, assignment: .usual)
        recipe.ownParts = [.channels]
        let followed = recipe.following(source)
        #expect(followed.version == .v1 && followed.channels == 96 && followed.headDepth == 3)
        #expect(followed.anchorSize == 16 && followed.aspectRatios == [1])
        recipe.followsWeights = false
        #expect(recipe.following(source) == recipe)
    }

    /// The width that a preset has in mind is for heads that begin from nothing.
    @Test(arguments: [(TrainingRecipe.Preset.fast, 128), (.balanced, 256)])
    func presetsDecideAboutNewHeads(preset: TrainingRecipe.Preset, channels: Int) throws {
        var recipe = try #require(TrainingRecipe(preset).detector.recipe as? FCOSRecipe)
        let subject = DetectorSubject(classCount: 2)
        #expect((recipe.network(for: subject) as? FCOS)?.channels == channels)
        let source = FCOS(backbone: .resnet18, channels: 64, headDepth: 2, classCount: 3)
        #expect((recipe.following(source).network(for: subject) as? FCOS)?.channels == 64)
        recipe.channels = 96
        #expect((recipe.following(source).network(for: subject) as? FCOS)?.channels == 96)
    }

    /// An input of one size is that of the recipe, whether a name or weights say which detector it is.
    @Test func aDetectorOfOneSizeHasItsInput() throws {
        for (name, size) in [("ssd300-vgg16", 300), ("ssd512-resnet18", 512), ("ssdlite320-mobilenet-v3-small", 320)] {
            let model = try #require(AnyDetectorRecipe.models.first { $0.name == name }?.recipe)
            let recipe = TrainingRecipe(.balanced, model: model)
            #expect(recipe.inputSize == size && recipe.inputTransform.minimumSize == size)
            let network = model.recipe.network(for: DetectorSubject(classCount: 2))
            let source = DenseDetector.Configuration(network: network, categories: [])
            let next = TrainingRecipe(.fast, startingFrom: source)
            #expect(next.inputSize == size && next.detector == model)
        }
    }

    /// A classifier's weights have the whole tail of a MobileNetV3; where there are none, and in COCO's, it is reduced.
    @Test func theTailFollowsTheWeights() throws {
        let recipe = SSDRecipe(.ssdlite320, backbone: AnyBackboneArchitecture(MobileNetV3.large))
        func tail(_ subject: DetectorSubject) -> Bool? { (recipe.network(for: subject) as? SSD)?.hasReducedTail }
        #expect(tail(DetectorSubject(classCount: 2, isPretrained: false)) == true)
        let backbone = AnyBackboneArchitecture(MobileNetV3.large)
        #expect(tail(DetectorSubject(classCount: 2, backbone: backbone)) == false)
        let coco = SSD(.ssdlite320, backbone: backbone, classCount: 91, hasReducedTail: true)
        #expect(tail(DetectorSubject(classCount: 2, backbone: backbone, source: coco)) == true)
    }

    @Test func everyNamedDetectorIsFoundAgain() throws {
        for (name, model) in AnyDetectorRecipe.models {
            #expect(model.recipe.modelName == name)
            let network = model.recipe.network(for: DetectorSubject(classCount: 2))
            #expect(network.name == name)
            let data = try JSONEncoder().encode(TrainingRecipe(.fast, model: model))
            #expect(try JSONDecoder().decode(TrainingRecipe.self, from: data).detector == model)
        }
    }
}
