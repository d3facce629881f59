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
            .sidecarUse: "--no-sidecar",
            .overwriting: "--overwrite",
            .leniency: "--lenient",
            .resume: "--resume",
            .computesFeaturesAnew: "--no-cache",
            .learningRate: "--learning-rate",
            .learningRates: "--learning-rates",
            .warmUp: "--warm-up",
            .budget: "--budget",
            .presets: "--presets",
            .inputSize: "--size",
            .frozenEpochs: "--freeze-epochs",
            .trainableLayers: "--trainable-layers",
            .validation: "--validation",
        ],
        verbs: [
            .listFormats: "`needletail convert --list`",
            .check: "'needletail check'",
            .draw: "'needletail draw'",
            .fineTuning: "'needletail train --weights'",
        ])
}
