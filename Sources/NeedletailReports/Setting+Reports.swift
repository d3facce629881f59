import NeedletailSystem

extension Setting {
    /// Whether an evaluation leaves out what no metric is defined for.
    public static let leniency = Setting(rawValue: "isLenient")
    /// Whether an annotation of id 0 counts, and other traps are mended.
    public static let conformance = Setting(rawValue: "COCOOptions.conformance")
    /// How many detections of an image and class an evaluation counts.
    public static let countedDetections = Setting(rawValue: "COCOOptions.detectionLimits")
    /// How many objects of an image a detector keeps.
    public static let keptDetections = Setting(rawValue: "PostProcessing.detectionsPerImage")
    /// From which score on a detector lists objects.
    public static let listedScore = Setting(rawValue: "PostProcessing.scoreThreshold")
    /// From which overlap on one of two boxes is suppressed.
    public static let suppressionOverlap = Setting(rawValue: "PostProcessing.overlapThreshold")
    /// Passes over the training dataset.
    public static let epochs = Setting(rawValue: "TrainingRecipe.epochs")
    public static let preset = Setting(rawValue: "TrainingRecipe.Preset")
    /// The size of a network's input in training.
    public static let trainedSize = Setting(rawValue: "TrainingRecipe.inputSize (of training)")
    /// Whether images without objects are trained on.
    public static let emptyImages = Setting(rawValue: "TrainingRecipe.keepsEmptyImages")
}

extension Verb {
    public static let train = Verb(rawValue: "TrainingSession")
    public static let detect = Verb(rawValue: "DenseDetector.detections")
    public static let tile = Verb(rawValue: "DatasetTiling")
}
