import NeedletailDatasets
import NeedletailFormats
import NeedletailGraph
import NeedletailKernels
import NeedletailModels
import NeedletailTraining
import ProgramRunner

/// Runs of seconds: five pictures to train on, one to validate, inputs of 64x64 pixels.
struct SmallRun {
    let folder: TemporaryFolder
    let training: Dataset
    let validation: Dataset

    static let categories = [
        (1, "gear"), (2, "flower"), (3, "striped ball"), (5, "spotted ball"), (8, "leaf"), (13, "fish"),
    ].enumerated().map { DenseDetector.Category(id: $1.0, name: $1.1, classIndex: $0 + 1) }

    init() throws {
        folder = try TemporaryFolder()
        training = try Dataset.read(ShapesExcerpt("train", count: 5, to: folder, name: "train").annotations)
        validation = try Dataset.read(ShapesExcerpt("validation", count: 1, to: folder, name: "validation").annotations)
    }

    /// With a detector of its own, as in another process.
    func trainer(
        _ configuration: TrainingConfiguration, in name: String, resumes: Bool = false, isValidated: Bool = true,
        normalization: BatchNormalization.Kind = .frozen, isYOLOX: Bool = false, threadCount: Int = 1
    ) throws -> Trainer<DenseDetector> {
        let detector = DenseDetector(
            isYOLOX
                ? DenseDetector.Configuration(
                    network: YOLOX(.nano, classCount: 6, normalization: normalization),
                    transform: YOLOX.inputTransform(size: 64), categories: Self.categories)
                : DenseDetector.Configuration(
                    network: RetinaNet(
                        backbone: .resnet10Quarter, channels: 32, classCount: 7, normalization: normalization),
                    transform: InputTransform(minimumSize: 64), categories: Self.categories))
        return try Trainer(
            configuration, detector: detector,
            data: TrainingData(training, categories: Self.categories, keepsEmptyImages: false),
            validation: isValidated ? validation : nil, folder: RunFolder(path: folder(name), resumes: resumes),
            pool: ThreadPool(threadCount: threadCount))
    }
}
