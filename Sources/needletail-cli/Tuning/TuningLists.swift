import ArgumentParser
import Needletail

/// `fast,balanced`: presets to try.
struct PresetList: ExpressibleByArgument {
    let presets: [TrainingRecipe.Preset]

    init?(argument: String) {
        let pieces = argument.split(separator: ",", omittingEmptySubsequences: false)
        presets = pieces.compactMap { TrainingRecipe.Preset(rawValue: String($0)) }
        guard presets.count == pieces.count, Set(presets).count == presets.count else { return nil }
    }
}

/// `0.0001,0.0003`: learning rates to try.
struct LearningRateList: ExpressibleByArgument {
    let rates: [Float]

    init?(argument: String) {
        let pieces = argument.split(separator: ",", omittingEmptySubsequences: false)
        rates = pieces.compactMap { Float($0) }
        guard rates.count == pieces.count, rates.allSatisfy({ $0 > 0 && $0.isFinite }), Set(rates).count == rates.count
        else { return nil }
    }
}

/// `sgd,adamw`: optimisers to try.
struct OptimizerList: ExpressibleByArgument {
    let choices: [OptimizerChoice]

    init?(argument: String) {
        let pieces = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        choices = pieces.compactMap { piece in OptimizerConfiguration.choices.first { $0.name == piece } }
        guard choices.count == pieces.count, Set(pieces).count == pieces.count else { return nil }
    }

    static let names = OptimizerConfiguration.choices.map(\.name).joined(separator: ", ")
}
