import NeedletailGraph
import NeedletailKernels
import NeedletailModels
import NeedletailProcesses
import NeedletailRuntime

extension TrainingConfiguration {
    /// The steps of a run: an optimiser of all that is trained at any time of it, and the average, if there is to be one.
    ///
    /// - Parameter group: The processes that share the batches of a step.
    public func step<M: Model>(
        _ model: M, pool: ThreadPool, group: any ProcessGroup = SingleProcess()
    ) throws -> TrainingStep<M> {
        let trained = model.trainedParameters(backboneStages: trainableLayers)
        let backbone = Set(model.parameterGroups.filter(\.isBackbone).flatMap(\.parameters))
        let optimizer = try Optimizer(optimizer, parameters: trained) { parameter in
            .init(
                learningRate: backbone.contains(parameter) ? backboneLearningRateMultiplier : 1,
                weightDecay: decaysKernelsOnly && parameter.shape.count == 1 ? 0 : 1)
        }
        return try TrainingStep(
            model, parameters: [], optimizer: optimizer,
            average: weightAverageDecay.map {
                try WeightAverage(of: averagedParameters(of: model, trained), decay: $0)
            },
            gradientNormLimit: gradientNormLimit, batchCount: batchesPerStep, pool: pool, group: group)
    }

    /// All that training changes: what the optimiser does, and the statistics of normalisation where they run.
    private func averagedParameters(of model: some Model, _ trained: [Parameter]) -> [Parameter] {
        trained + model.runningStatistics
    }
}
