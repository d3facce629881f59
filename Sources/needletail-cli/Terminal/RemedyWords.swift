import Needletail
import NeedletailSystem

/// What settings and verbs of the library are called on the command line.
enum RemedyWords {
    static func text(_ error: some ActionableError) -> String { error.text(word) }

    static func word(_ piece: Remedy.Piece) -> String {
        switch piece {
        case .text(let text): text
        case .setting(let setting): flags[setting] ?? setting.rawValue
        case .verb(let verb): verbs[verb].map { "'needletail \($0)'" } ?? verb.rawValue
        }
    }

    private static let flags: [Setting: String] = [
        .resume: "--resume", .computesFeaturesAnew: "--no-cache", .learningRate: "--learning-rate",
        .learningRates: "--learning-rates", .warmUp: "--warm-up", .budget: "--budget", .presets: "--presets",
        .inputSize: "--size", .frozenEpochs: "--freeze-epochs", .trainableLayers: "--trainable-layers",
        .validation: "--validation",
    ]

    private static let verbs: [Verb: String] = [.datasetCheck: "check", .datasetDrawing: "draw"]
}
