import Needletail

extension Wording {
    /// What the command line calls the library's settings and verbs.
    static let commandLine = Wording(
        settings: [
            .format: "--from",
            .split: "--split",
            .imageFolder: "--images",
            .annotations: "--annotations",
            .columns: "--columns",
            .classAttribute: "--class-attribute",
            .sidecarUse: "--no-sidecar",
            .overwriting: "--overwrite",
            .leniency: "--lenient",
            .conformance: "--corrected",
            .countedDetections: "--max-detections",
            .keptDetections: "--max-detections",
            .listedScore: "--minimum-score",
            .suppressionOverlap: "--overlap",
            .epochs: "--epochs",
            .preset: "--preset",
            .trainedSize: "--size",
            .emptyImages: "--keep-empty",
            .resume: "--resume",
            .computesFeaturesAnew: "--no-cache",
            .model: "--model",
            .microBatches: "--micro-batches",
            .learningRate: "--learning-rate",
            .learningRates: "--learning-rates",
            .warmUp: "--warm-up",
            .budget: "--budget",
            .presets: "--presets",
            .inputSize: "--size",
            .boxLoss: "--box-loss",
            .classificationLoss: "--class-loss",
            .addsL1: "--closing-l1",
            .sizeVariation: "--size-variation",
            .frozenEpochs: "--freeze-epochs",
            .trainableLayers: "--trainable-layers",
            .validation: "--validation",
            .opset: "--opset",
            .exportLayout: "--layout",
            .exportSize: "--input",
            .layout: "--layout",
            .classNames: "--classes",
        ],
        verbs: [
            .listFormats: "`needletail convert --list`",
            .check: "'needletail check'",
            .convert: "'needletail convert'",
            .detect: "'needletail detect'",
            .draw: "'needletail draw'",
            .remap: "'needletail remap'",
            .fineTuning: "'needletail train --weights'",
            .showWeights: "'needletail weights show'",
            .tile: "'needletail tile'",
            .train: "'needletail train'",
            .trainingClassifiers: "'needletail classify train --weights'",
        ])

    /// What is done about findings of a kind.
    func callAsFunction(_ kind: DatasetIssue.Kind) -> String { kind.resolution.text(callAsFunction) }
}
