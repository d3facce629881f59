import ArgumentParser
import Needletail

/// Fine-tunes a detector on a dataset, and tries it on an image that it was not trained on.
@main struct TrainDetector: ParsableCommand {
    @Argument var training: String
    @Argument var validation: String
    @Argument var weights: String
    @Argument var folder: String
    @Option var epochs = 10

    func run() throws {
        let others = try Dataset.read(validation)
        var recipe = TrainingRecipe.fast
        (recipe.inputSize, recipe.epochs, recipe.leastViews) = (192, epochs, 0)
        let session = try TrainingSession(
            Dataset.read(training), validation: others, weights: weights, recipe: recipe, folder: folder)
        for epoch in try session.run().records { print("epoch", epoch.epoch, "AP", epoch.averagePrecision ?? 0) }

        let detector = try DenseDetector(contentsOf: session.folder.best)
        let image = try Image(contentsOf: others.imagePath(ofImage: 0))
        print(try detector.detections(in: image, pool: ThreadPool()).count, "objects found")
    }
}
