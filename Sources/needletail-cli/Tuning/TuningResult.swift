import Needletail
import NeedletailSystem

/// Makes of a search what is told about it.
struct TuningResult {
    let command: TuneCommand
    let material: TrainingMaterial
    /// Whether the validation images are a part of the training dataset.
    let isHeldOut: Bool
    let presets: [TuningPreset]
    let candidates: [TuningCandidate]
    let folder: OutputFolder

    /// An AP below which a detector has learnt next to nothing.
    private static let littlePrecision = 0.02

    func trialFolder(_ candidate: TuningCandidate, round: Int) -> String {
        "\(folder.path)/trials/round\(round + 1)-\(candidate.name)"
    }

    func write(_ document: TuningDocument) throws {
        let file = folder.path + "/tune.json"
        do {
            try AtomicFile.write(try Console.json(document) + "\n", to: file)
        } catch {
            throw CommandError(
                "\(file): what was found cannot be written (\(Wording.commandLine(error))). Make space, or give another folder."
            )
        }
    }

    func document(_ search: TuningSearch, seconds: Double) -> TuningDocument {
        TuningDocument(
            output: folder.path, budget: command.budget.seconds, seconds: seconds, seed: command.sources.seed,
            trainingImages: material.data.count, validationImages: material.validation?.images.count ?? 0,
            isHeldOut: isHeldOut,
            wasInterrupted: search.trials.contains { $0.ending == .interrupted },
            // Anchors and speed are those of a preset whatever its optimiser.
            presets: presets.filter { $0.optimizer == presets.first?.optimizer }.map { document($0) },
            rounds: search.plan.rounds,
            trials: search.trials.map { trial in
                let candidate = candidates[trial.candidate]
                var score: TuningSearch.Score?
                if case .measured(let measured) = trial.ending { score = measured }
                return .init(
                    folder: trialFolder(candidate, round: trial.round), preset: candidate.preset.rawValue,
                    optimizer: candidate.optimizer, learningRate: candidate.learningRate, round: trial.round + 1,
                    epochs: trial.epochs,
                    seconds: trial.seconds, averagePrecision: score?.averagePrecision,
                    averagePrecision50: score?.averagePrecision50, outcome: search.fate(of: trial))
            },
            recommendation: search.recommendation.map { document($0, search) })
    }

    private func document(_ preset: TuningPreset) -> TuningDocument.Preset {
        let anchors = preset.anchors
        return .init(
            name: preset.preset.rawValue, secondsPerEpoch: preset.secondsPerEpoch, inputSize: preset.recipe.inputSize,
            anchorSize: anchors?.smallestSize, aspectRatios: anchors?.aspectRatios,
            coverage: anchors.map { .init($0.coverage, categories: material.categories) },
            standardCoverage: anchors.map { .init($0.standardCoverage, categories: material.categories) },
            fittedAspectRatios: anchors?.fitted?.aspectRatios,
            fittedBalancedOverlap: anchors?.fitted?.coverage.balancedOverlap)
    }

    private func document(
        _ recommendation: TuningSearch.Recommendation, _ search: TuningSearch
    ) -> TuningDocument.Recommendation {
        let candidate = candidates[recommendation.candidate]
        let epochs = presets[candidate.group].recipe.epochs(imageCount: material.data.count)
        return .init(
            preset: candidate.preset.rawValue, optimizer: candidate.optimizer, learningRate: candidate.learningRate,
            averagePrecision: recommendation.score.averagePrecision,
            averagePrecision50: recommendation.score.averagePrecision50, epochs: epochs,
            seconds: search.secondsPerEpoch(of: recommendation.candidate) * Double(epochs),
            rivals: recommendation.rivals.map { candidates[$0].name }, command: trainCommand(candidate, epochs: epochs),
            remarks: remarks(recommendation, search))
    }

    private func trainCommand(_ candidate: TuningCandidate, epochs: Int) -> String {
        let sources = command.sources
        var words = ["needletail", "train", sources.dataset]
        for (flag, value) in [
            ("--split", sources.split?.names.joined(separator: ",")), ("--validation", sources.validation),
            ("--validation-split", sources.validationSplit?.names.joined(separator: ",")), ("--images", sources.images),
            ("--validation-images", sources.validationImages), ("--weights", sources.weights),
        ] {
            if let value { words += [flag, value] }
        }
        words += sources.format.flags
        if sources.seed != 0 { words += ["--seed", "\(sources.seed)"] }
        var recipe = candidate.recipe
        (recipe.epochs, recipe.leastViews) = (epochs, 0)
        let policy = (try? SharedOptions.parse(command.shared))?.recipe.augment
        words += RecipeFlags(recipe, preset: candidate.preset, policy: policy).words
        words += ["--output", folder.path + "/run"]
        return ShellCommand.text(words)
    }

    /// How much the search is worth.
    private func remarks(_ recommendation: TuningSearch.Recommendation, _ search: TuningSearch) -> [String] {
        var remarks: [String] = []
        let candidate = candidates[recommendation.candidate]
        if !recommendation.rivals.isEmpty {
            let names = recommendation.rivals.map { candidates[$0].name }.joined(separator: ", ")
            remarks.append(
                "\(names) came within an AP of \(TuningSearch.closePrecision) of the best: so short a search cannot "
                    + "tell them apart"
                    + (recommendation.isFasterThanBest ? ", and this is the faster" : ""))
        }
        if recommendation.score.averagePrecision < Self.littlePrecision {
            remarks.append(
                "hardly anything was learnt in the time of a trial, so that this says little: a longer --budget says more"
            )
        }
        let rates = candidates.filter { $0.group == candidate.group }.map(\.learningRate)
        if rates.count > 1, candidate.learningRate == rates.max() {
            remarks.append("it is the highest rate that was tried: higher --learning-rates may be better still")
        } else if rates.count > 1, candidate.learningRate == rates.min() {
            remarks.append("it is the lowest rate that was tried: lower --learning-rates may be better still")
        }
        if isHeldOut {
            remarks.append(
                "measured on \(material.validation?.images.count ?? 0) images held out of the training dataset, which the "
                    + "command below trains on too: 'needletail split' makes a validation dataset to give it")
        }
        return remarks
    }
}
