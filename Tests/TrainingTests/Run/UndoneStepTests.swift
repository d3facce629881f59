import NeedletailDatasets
import NeedletailFormats
import NeedletailGeometry
import NeedletailModels
import NeedletailTraining
import ProgramRunner
import Testing

/// Steps whose loss is not a finite number.
@Suite struct UndoneStepTests {
    private let small: SmallRun
    private var folder: TemporaryFolder { small.folder }

    init() throws { small = try SmallRun() }

    /// Some of the pictures. A box of a poisoned one is so large that the loss overflows; without a size of the image it
    /// is not clipped.
    private func pictures(_ count: Int, poisoned: Int? = nil) -> Dataset {
        let whole = small.training
        let annotations = whole.annotations.indices.map { whole.annotations[$0] }.filter { $0.image < count }
        var dataset = Dataset(
            images: (0..<count).map { row in
                var record = whole.images[row]
                if row == poisoned { (record.width, record.height) = (0, 0) }
                return record
            }, categories: whole.categories,
            annotations: annotations.map { annotation in
                var annotation = annotation
                if annotation.image == poisoned { annotation.box = Box(x: 0, y: 0, width: 1e39, height: 1e39) }
                return annotation
            })
        dataset.imageFolder = whole.imageFolder
        return dataset
    }

    private func recipe(batchesPerStep: Int) -> TrainingRecipe {
        var recipe = RetinaNetRecipe.recipe(.balanced)
        var detector = RetinaNetRecipe(
            version: .v2, channels: 32, headDepth: 1, anchorSize: 32, assignment: .overlap(AnchorMatcher()))
        detector.backbone = .resnet10Quarter
        recipe.retinaNet = detector
        (recipe.inputSize, recipe.epochs, recipe.leastViews) = (64, 4, 0)
        (recipe.batchSize, recipe.batchesPerStep) = (1, batchesPerStep)
        (recipe.schedule, recipe.warmUpSteps, recipe.normalization) = (.constant, 0, .trained)
        return recipe
    }

    /// With steps of one image and one learning rate, a run with a poisoned image ends with the bits of one that never
    /// had it: weights, velocities and the statistics of batch normalisation are as they were before each undone step. So
    /// it does where the gradients of both images make one step: that is taken with those of the other.
    @Test(arguments: [1, 2]) func theyChangeNothing(batchesPerStep: Int) throws {
        let recipe = recipe(batchesPerStep: batchesPerStep)
        try TrainingSession(pictures(1), recipe: recipe, folder: folder("alone")).run()
        var skipped: [(batch: Int, images: [String])] = []
        try TrainingSession(pictures(2, poisoned: 1), recipe: recipe, folder: folder("both")).run(report: { event in
            if case .stepSkipped(_, let batch, let images) = event { skipped.append((batch, images)) }
        })
        #expect(try folder.bytes(of: "both/last.safetensors") == folder.bytes(of: "alone/last.safetensors"))
        let name = small.training.images[1].fileName
        #expect(skipped.map(\.images) == Array(repeating: [name], count: 4))
        // It has come before the other image and after it.
        #expect(Set(skipped.map(\.batch)) == [1, 2])
    }
}
