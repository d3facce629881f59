import NeedletailSystem

/// What a person can set of a run and of a search.
extension Setting {
    /// How many epochs a run has.
    public static let moreEpochs = Setting(rawValue: "TrainingRecipe.epochs")
    public static let resume = Setting(rawValue: "TrainingSession.resumes")
    public static let computesFeaturesAnew = Setting(rawValue: "RunOptions.featureCacheLimit")
    public static let validation = Setting(rawValue: "TrainingSession.validation")
    public static let learningRate = Setting(rawValue: "TrainingRecipe.learningRate")
    public static let warmUp = Setting(rawValue: "TrainingRecipe.warmUpSteps")
    public static let microBatches = Setting(rawValue: "TrainingRecipe.batchesPerStep")
    public static let inputSize = Setting(rawValue: "TrainingRecipe.inputSize")
    public static let boxLoss = Setting(rawValue: "TrainingRecipe.boxLoss")
    public static let classificationLoss = Setting(rawValue: "TrainingRecipe.classificationLoss")
    public static let addsL1 = Setting(rawValue: "TrainingRecipe.addsL1")
    public static let sizeVariation = Setting(rawValue: "TrainingRecipe.sizeVariation")
    public static let frozenEpochs = Setting(rawValue: "TrainingRecipe.frozenEpochs")
    public static let trainableLayers = Setting(rawValue: "TrainingRecipe.trainableLayers")
    public static let budget = Setting(rawValue: "TuningSearch.budget")
    public static let presets = Setting(rawValue: "TuningSearch.presets")
    public static let learningRates = Setting(rawValue: "TuningSearch.learningRates")
}
