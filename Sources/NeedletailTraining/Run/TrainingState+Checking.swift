import NeedletailModels

extension TrainingState {
    /// Holds what a state says of its run against what such a run can have come to.
    ///
    /// - Parameters:
    ///   - batchCounts: Of each epoch that is planned.
    ///   - lossTerms: How many terms the loss has.
    /// - Throws: ``TrainingError`` that names what cannot be.
    func check(_ path: String, configuration: TrainingConfiguration, batchCounts: [Int], lossTerms: Int) throws {
        func require(_ holds: Bool, _ what: String) throws {
            guard !holds else { return }
            throw TrainingError(
                .state, path, problem: "\(what) of this state cannot be that of its run: the file was changed",
                remedy: "Put a copy of the file back that was not, or start a new run in another folder.")
        }
        let steps = batchCounts.reduce(0, +), stand = progress
        try require(
            stand.position.isPossible(epochs: configuration.epochs, steps: steps), "the position in the schedule")
        try require((0...stand.position.lastEpoch).contains(stand.epoch), "the epoch \(stand.epoch)")
        let batches = stand.epoch < batchCounts.count ? batchCounts[stand.epoch] : 0
        try require((0...batches).contains(stand.batch), "the batch \(stand.batch)")
        try require(
            stand.batch == batches || stand.batch.isMultiple(of: configuration.batchesPerStep),
            "the batch \(stand.batch)")
        try require(
            stand.step == batchCounts.prefix(stand.epoch).reduce(0, +) + stand.batch, "the step \(stand.step)")
        try require(stand.records.map(\.epoch) == Array(1..<stand.epoch + 1), "the list of epochs")
        for record in stand.records {
            try require(record.isPossible(lossTerms: lossTerms), "the record of epoch \(record.epoch)")
        }
        let metrics = stand.records.compactMap { $0.metrics.first?.value }
        let best = metrics.reduce(-Double.greatestFiniteMagnitude) { $1 > $0 ? $1 : $0 }
        try require(stand.bestMetric == best, "the best metric")
        try require(stand.sums.isPossible(batches: stand.batch, lossTerms: lossTerms), "the sum of losses")
        try require((0...stand.step).contains(stand.skippedInRow), "the number of steps without a loss")
        var rule: PlateauDecay.Rule?
        if case .plateau(let configured) = configuration.schedule.decay { rule = configured }
        try require(
            stand.plateau?.rule == rule && stand.plateau?.isPossible != false, "the decay of the learning rate")
        let mostBytes = 1 << 50
        try require((0...mostBytes).contains(logBytes), "the length of log.jsonl")
        try require((0...mostBytes).contains(augmentationBytes), "the length of augmentation.jsonl")
        try require(parameterSteps.allSatisfy { (0...stand.step).contains($0) }, "the number of the optimiser's steps")
        let mostAveraged = configuration.weightAverageDecay == nil ? 0 : stand.step
        try require((0...mostAveraged).contains(averageUpdates), "the number of averaged steps")
    }
}

extension TrainingProgress.Sums {
    /// Whether so many batches can have added up to this.
    fileprivate func isPossible(batches: Int, lossTerms: Int) -> Bool {
        (0...batches).contains(steps) && (0...batches - steps).contains(skipped)
            && (0...1e9).contains(seconds)
            && [0, lossTerms].contains(terms.count) && terms.allSatisfy(\.isFinite)
    }
}

extension EpochRecord {
    fileprivate func isPossible(lossTerms: Int) -> Bool {
        losses.count <= lossTerms && validationLosses.count <= lossTerms && metrics.count < 1000
            && (0...1e9).contains(trainingSeconds) && (0...1e9).contains(validationSeconds)
    }
}
