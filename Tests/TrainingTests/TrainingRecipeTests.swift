import NeedletailTraining
import Testing

@Suite struct TrainingRecipeTests {
    /// 3200 images are looked at, or as many as 16 passes have.
    @Test(arguments: [(205, 16), (200, 16), (199, 17), (100, 32), (33, 97), (20, 100), (1, 100), (100_000, 16)])
    func fewImagesAreSeenMoreOften(images: Int, epochs: Int) {
        #expect(TrainingRecipe(.balanced).epochs(imageCount: images) == epochs)
    }

    @Test func stepsFallInTheMorePasses() {
        var recipe = TrainingRecipe(.fast)
        recipe.schedule = .steps
        let configuration = recipe.configuration(imageCount: 100, seed: 0)
        #expect(configuration.epochs == 20)
        #expect(configuration.schedule.decay == .steps(epochs: [13, 18], factor: 0.1))
    }

    @Test func passesThatWereAskedForStay() {
        var recipe = TrainingRecipe(.balanced)
        (recipe.epochs, recipe.leastViews) = (3, 0)
        #expect(recipe.configuration(imageCount: 5, seed: 0).epochs == 3)
        #expect(TrainingRecipe(.reference).epochs(imageCount: 5) == 12)
    }
}
