import ArgumentParser
import Needletail

/// What a detector is trained from: datasets, the weights to start from, and the seed.
struct TrainingSources: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The training dataset: a file or folder of any format.",
            discussion:
                "Where it has splits, its own train is trained on and its own val measured on, never its test."))
    var dataset: String

    @Option(
        help: ArgumentHelp(
            "The splits to train on: names with commas between them.",
            discussion: "The dataset's own train unless given."))
    var split: NameList?

    @Option(help: "The folder of the image files, of training and validation.")
    var images: String?

    @Option(help: "The validation dataset.")
    var validation: String?

    @Option(
        help: ArgumentHelp(
            "The splits to measure on: names with commas between them.",
            discussion: "The own val of the validation dataset, or else of the training dataset, unless given."))
    var validationSplit: NameList?

    @Option(help: "The folder of the validation images, if it is another one.")
    var validationImages: String?

    @Option(
        help: ArgumentHelp(
            "A dataset or a folder of images in which there is nothing to be found.",
            discussion: "After every epoch it is told how many false alarms there are an image. Takes validation."))
    var background: String?

    @OptionGroup var format: FormatOptions

    @Option(
        help: ArgumentHelp(
            "Weights to start from, a classifier's or a detector's: a file (PyTorch, safetensors, ONNX), a run, or a name that "
                + "'weights' lists."))
    var weights: String?

    @Flag(inversion: .prefixedNo, help: "Look for faults of both datasets first, without decoding images.")
    var check = true

    @Option(help: "The seed of everything random.")
    var seed: UInt64 = 0

    /// - Throws: ``CommandError`` as ``ModelFile`` says.
    func weightsFile() throws -> String? { try weights.map(ModelFile.path) }

    /// Reads and looks over everything; what is wrong with it is found here.
    ///
    /// - Parameters:
    ///   - keepsEmptyImages: Whether images without boxes are trained on.
    ///   - heldOutShare: The share of the training images to validate on where no validation dataset is given; none of
    ///     them unless given.
    /// - Returns: What is trained from, and whether the validation images are held out of the training dataset.
    func read(
        keepsEmptyImages: Bool, heldOutShare: Double? = nil, console: Console
    ) throws -> (material: TrainingMaterial, isHeldOut: Bool) {
        let parts = try TrainingParts(self)
        if let note = parts.note { console.note(note) }
        var training = parts.training, validationData = parts.validation
        for dataset in parts.read { console.warnOfReading(dataset, notesOnly: check) }
        try checkImages(training.dataset, "--images")
        if let validationData { try checkImages(validationData.dataset, "--validation-images") }
        // Of several processes the first looks, and speaks.
        if check, !Processes.isFollower {
            try DatasetPrecheck(training: training, validation: validationData, images: images, format: format)
                .run(console: console)
        }
        // Before some of it is held out.
        _ = try CategoryMap.newCategories(of: training.dataset)
        var isHeldOut = false
        if validationData == nil, let heldOutShare {
            let held = try holdOut(heldOutShare, of: training.dataset, console: console)
            training.dataset = held.training
            validationData = .init(path: dataset, splits: [], dataset: held.validation)
            isHeldOut = true
        }
        var material = try TrainingMaterial(
            training.dataset, validation: validationData?.dataset, weights: weightsFile(),
            keepsEmptyImages: keepsEmptyImages)
        console.warn(of: material.data.setAside, heading: "not trained on (\(material.data.setAside.count)):")
        if let background {
            guard validationData != nil else {
                throw CommandError("--background is looked at with validation. Give a dataset with --validation.")
            }
            material.background = try BackgroundImages.read(
                background, categories: material.categories, format: format, console: console)
        }
        if let validationData { nameUnmeasured(validationData.dataset, material.categories, console) }
        return (material, isHeldOut)
    }

    /// Classes that are trained on and of which nothing is measured.
    private func nameUnmeasured(
        _ dataset: Dataset, _ categories: [DenseDetector.Category], _ console: Console
    ) {
        let missing = CategoryMap(dataset, categories: categories).foreignCategories.map(\.name)
        guard !missing.isEmpty else { return }
        console.warn(
            "\(dataset.provenance.path): classes that validation does not have, and cannot measure (\(missing.count)): "
                + missing.listed())
    }

    /// A wrong image folder is found before the first epoch, not image by image.
    private func checkImages(_ dataset: Dataset, _ flag: String) throws {
        let missing = (0..<dataset.images.count).filter { !ImageFolder.exists(dataset.imagePath(ofImage: $0)) }
        if missing.count == dataset.images.count, let first = missing.first {
            throw CommandError(
                "\(dataset.imagePath(ofImage: first)): none of the dataset's \(missing.count) images is there; looked for in "
                    + "\(dataset.imagePlaces). Name their folder with \(flag).")
        }
    }

    /// Similar pictures stay together: one that resembles those trained on says little.
    private func holdOut(
        _ share: Double, of dataset: Dataset, console: Console
    ) throws -> (training: Dataset, validation: Dataset) {
        var groups = ImageGroups(dataset)
        groups.joinSimilarPictures(console: console)
        let split = DatasetSplit(
            dataset, into: [.init(name: "train", share: 1 - share), .init(name: "val", share: share)],
            groups: groups.groups, seed: seed)
        let parts = (training: split.dataset(of: 0), validation: split.dataset(of: 1))
        guard parts.training.annotations.count > 0, parts.validation.annotations.count > 0 else {
            throw CommandError(
                "\(self.dataset): there are too few images with boxes to hold some of them out (\(dataset.images.count), or "
                    + "\(Set(groups.groups).count) when similar ones count as one). Give a validation dataset with "
                    + "--validation.")
        }
        return parts
    }
}
