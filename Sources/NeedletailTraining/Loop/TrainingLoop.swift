import NeedletailGraph
import NeedletailKernels
import NeedletailModels
import NeedletailProcesses
import NeedletailRuntime

/// Trains a model: batches, steps, validation, epoch after epoch.
///
/// The same source and configuration give the same weights, bit for bit, at any number of threads and of processes, which
/// share the batches of each step and all know what came of them. What else is to be made of a run is its hooks' work.
public final class TrainingLoop<M: Model> {
    public let status: TrainingStatus
    public let step: TrainingStep<M>
    private let source: any BatchSource<M.Target>
    private let validation: (any Validation<M>)?
    private let hooks: [any TrainingHook]
    /// Stages of the backbone that gradients are computed of; nil before the first epoch.
    private var trainedStages: Int?

    private var configuration: TrainingConfiguration { status.configuration }
    private var group: any ProcessGroup { step.group }

    /// - Parameters:
    ///   - step: With an optimiser of all parameters that are trained at any time of the run.
    ///   - validation: Done after every epoch, with the averaged weights.
    ///   - progress: Where a run that is resumed has stopped.
    public init(
        _ configuration: TrainingConfiguration, step: TrainingStep<M>, source: any BatchSource<M.Target>,
        validation: (any Validation<M>)? = nil, hooks: [any TrainingHook] = [], progress: TrainingProgress? = nil
    ) {
        self.step = step
        self.source = source
        self.validation = validation
        self.hooks = hooks
        status = TrainingStatus(
            configuration, progress: progress, batchCounts: source.batchCounts(epochs: configuration.epochs))
    }

    /// Trains to the last epoch, or until `shouldStop` is true after a step.
    ///
    /// - Throws: What hooks throw; ``TrainingError`` when no image can be used; `PlanError`.
    public func run(
        shouldStop: @escaping () -> Bool = { false }, report: @escaping (TrainingEvent) -> Void = { _ in }
    ) throws -> TrainingSummary {
        status.shouldStop = shouldStop
        status.report = report
        defer {
            status.shouldStop = { false }
            status.report = { _ in }
        }
        for hook in hooks { try hook.runStarted(status) }
        while !status.isDone {
            guard try enterPhase(), try trainEpoch(), let outcome = try validate() else {
                for hook in hooks { try hook.runInterrupted(status) }
                return status.summary
            }
            try finishEpoch(outcome.scores)
        }
        status.isOver = true
        return status.summary
    }

    /// Makes ready for the layers that are trained in the current epoch; false when it was stopped.
    private func enterPhase() throws -> Bool {
        let stages = configuration.trainableLayers(epoch: status.progress.epoch)
        guard stages != trainedStages else { return true }
        try step.train(step.model.trainedParameters(backboneStages: stages))
        var isStopped = false
        for hook in hooks where !isStopped { isStopped = try !hook.phaseStarted(trainedStages: stages, status) }
        if try group.anywhere(isStopped) { return false }
        trainedStages = stages
        return true
    }

    /// Trains on the batches of the current epoch that are left; false when it was stopped.
    private func trainEpoch() throws -> Bool {
        for hook in hooks { try hook.epochStarted(status) }
        let steps = status.steps.map { (batches: $0, share: group.share(of: $0, rank: group.rank)) }
        let batches = source.batches(
            epoch: status.progress.epoch,
            numbers: steps.flatMap { step.waves(of: $0.share).flatMap { $0.map(\.number) } })
        defer { batches.cancel() }
        let clock = ContinuousClock()
        let start = clock.now
        let secondsBefore = status.progress.sums.seconds
        status.report(
            .epochStarted(
                epoch: status.progress.epoch + 1, of: status.progress.position.lastEpoch,
                batches: status.progress.batch..<status.batchCount, secondsAfterwards: status.secondsAfterwards))
        for (numbers, share) in steps {
            let (outcomes, stops) = try compute(numbers, share: share, batches)
            try take(outcomes)
            status.progress.sums.seconds = secondsBefore + start.duration(to: clock.now).seconds
            // In the midst of a step there are gradients, which no state holds.
            if stops || (group.isAlone && status.shouldStop()) { return false }
            for hook in hooks { try hook.stepTaken(status) }
        }
        guard status.progress.sums.steps + status.progress.sums.skipped > 0 else {
            throw TrainingError(
                .data,
                problem: "none of the \(source.imageCount) training images could be used; the warnings above "
                    + "say why, image by image.")
        }
        for hook in hooks { try hook.stepsFinished(status) }
        return true
    }

    /// Adds the gradients of the batches of a step, those of the share in this process.
    ///
    /// - Returns: What came of all of them, and whether one of several processes was asked to stop.
    private func compute(
        _ numbers: Range<Int>, share: Range<Int>, _ batches: OrderedPrefetch<BatchItem<M.Target>>
    ) throws -> (all: [BatchOutcome], stops: Bool) {
        step.begin(
            share.lowerBound - numbers.lowerBound..<share.upperBound - numbers.lowerBound, of: numbers.count,
            firstDraw: RandomDraw(seed: configuration.seed, step: status.progress.step))
        var own = [BatchOutcome](repeating: BatchOutcome(notes: BatchNotes()), count: share.count)
        for wave in step.waves(of: share) {
            let items = wave.map { _ in batches.next() ?? BatchItem(batch: nil) }
            for (turn, (item, losses)) in zip(wave, zip(items, try step.addWave(items))) {
                own[turn.number - share.lowerBound] = BatchOutcome(notes: item.notes, losses: losses)
            }
        }
        return try BatchOutcome.gathered(own, stops: !group.isAlone && status.shouldStop(), group: group)
    }

    /// Takes the optimiser's step with the gradients of batches, and notes what came of each.
    private func take(_ outcomes: [BatchOutcome]) throws {
        for outcome in outcomes {
            for failure in outcome.notes.failures { status.report(.imageSetAside(reason: failure)) }
            for hook in hooks { try hook.batchLoaded(outcome.notes, status) }
        }
        let isTaken = try step.take(
            learningRate: status.learningRate(step: status.progress.step + outcomes.count - 1),
            isFinite: outcomes.map { $0.losses?.total.isFinite ?? false })
        for (index, outcome) in outcomes.enumerated() {
            if var losses = outcome.losses {
                if !isTaken, index == outcomes.count - 1 { losses.terms[losses.terms.count - 1] = .nan }
                try note(losses, of: outcome.notes)
            }
            status.progress.step += 1
            status.progress.batch += 1
        }
    }

    private func note(_ losses: LossValues, of notes: BatchNotes) throws {
        if losses.total.isFinite {
            status.progress.sums.add(losses.terms)
            status.progress.skippedInRow = 0
        } else {
            status.progress.skippedInRow += 1
            status.progress.sums.skipped += 1
            status.report(
                .stepSkipped(epoch: status.progress.epoch + 1, batch: status.progress.batch + 1, images: notes.names))
            for hook in hooks { try hook.stepSkipped(notes, status) }
        }
        status.report(
            .step(
                .init(
                    epoch: status.progress.epoch + 1, batch: status.progress.batch + 1, batches: status.batchCount,
                    losses: losses, learningRate: status.learningRate)))
    }

    /// A result that may be absent because nothing is validated.
    private struct Outcome {
        var scores: ValidationScores?
    }

    /// Nil when it was stopped.
    private func validate() throws -> Outcome? {
        guard let validation else { return Outcome(scores: nil) }
        let scores = try step.withAverages {
            try validation.scores(of: step.model, pool: step.pool, group: group) { done, total in
                status.report(.validationProgress(done: done, of: total))
                return !status.shouldStop()
            }
        }
        step.model.releasePlans()
        return scores.map { Outcome(scores: $0) }
    }

    /// Takes the times of the first process for those of all: what follows from them must be the same.
    private func agreeOnTimes(with scores: inout ValidationScores?) throws(ProcessError) {
        var times = try group.fromFirst {
            var message = Message()
            message.append(status.progress.sums.seconds)
            message.append(scores?.seconds ?? 0)
            message.append(status.hookSeconds)
            return message
        }
        status.progress.sums.seconds = times.nextDouble()
        let seconds = times.nextDouble()
        scores?.seconds = seconds
        status.hookSeconds = times.nextDouble()
    }

    private func finishEpoch(_ scores: ValidationScores?) throws {
        var scores = scores
        let start = ContinuousClock.now
        try agreeOnTimes(with: &scores)
        let progress = status.progress
        let steps = Double(max(progress.sums.steps, 1))
        let names = validation.map { type(of: $0).metrics } ?? []
        let record = EpochRecord(
            epoch: progress.epoch + 1,
            losses: zip(step.model.lossTerms, progress.sums.terms).map { .init(name: $0, value: Float($1 / steps)) },
            validationLosses: zip(step.model.lossTerms, scores?.losses ?? []).map { .init(name: $0, value: Float($1)) },
            learningRate: status.learningRate(step: max(progress.step - 1, 0)),
            metrics: zip(names, scores?.values ?? []).map { Metric(name: $0, value: $1) },
            trainingSeconds: progress.sums.seconds, validationSeconds: scores?.seconds ?? 0)
        status.progress.records.append(record)
        let metric = record.metrics.first?.value
        if let metric { status.progress.plateau?.update(metric: metric) }
        status.progress.epoch += 1
        status.progress.batch = 0
        status.progress.sums = .init()
        status.keepBudget()
        let isBest = metric.map { $0 > progress.bestMetric } ?? true
        if isBest, let metric { status.progress.bestMetric = metric }
        for failure in scores?.failures ?? [] { status.report(.imageSetAside(reason: failure)) }
        let epoch = FinishedEpoch(record: record, isBest: isBest, failures: scores?.failures ?? [])
        for hook in hooks { try hook.epochFinished(epoch, status) }
        status.hookSeconds = start.duration(to: .now).seconds
        // Said once; it may come true again.
        let records = status.progress.records
        if let turn = records.lossTurn,
            records.indices.dropFirst().dropLast().allSatisfy({
                Array(records[...$0]).lossTurn == nil
            })
        {
            status.report(.lossTurned(turn))
        }
        status.report(
            .epochFinished(
                record, of: status.progress.position.lastEpoch,
                secondsLeft: status.isDone ? nil : status.secondsLeft))
    }
}
