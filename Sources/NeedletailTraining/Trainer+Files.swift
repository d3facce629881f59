import NeedletailCheckpoints
import NeedletailDetectors
import NeedletailEvaluation
import NeedletailFormats

/// What a run writes. Everything follows from the state and comes before it, so that a run which is killed between two
/// files writes both again, with the same content, when it is resumed.
extension Trainer {
    /// Begins the logs, or cuts them back to where the state was written.
    func begin(report: (TrainingEvent) -> Void) throws {
        let isLogWhole = try log.truncate(to: state.logBytes)
        if try !augmentationLog.truncate(to: state.augmentationBytes) || !isLogWhole {
            report(.warning("\(folder.path): lines are missing in a log of this run; it goes on without them"))
        }
        if !folder.hasState { try description.write(to: folder) }
        var entry = RunLog.Entry(folder.hasState ? .resume : .start)
        entry.process = description.process
        entry.epoch = state.epoch + 1
        entry.step = state.batch + 1
        try log.append(entry)
        lastState = .now
    }

    func finishEpoch(_ detection: DatasetDetection?, report: (TrainingEvent) -> Void) throws {
        let start = ContinuousClock.now
        let steps = Double(max(state.epochSums.steps, 1))
        let statistics = detection?.result.statistics
        let record = EpochRecord(
            epoch: state.epoch + 1, classificationLoss: Float(state.epochSums.classificationLoss / steps),
            boxLoss: Float(state.epochSums.boxLoss / steps),
            learningRate: learningRate(step: max(state.step - 1, 0)),
            averagePrecision: statistics?.averagePrecision, averagePrecision50: statistics?.averagePrecision50,
            averagePrecision75: statistics?.averagePrecision75, trainingSeconds: state.epochSums.seconds,
            validationSeconds: detection?.seconds ?? 0)
        state.records.append(record)
        if let statistics { state.plateau?.update(metric: statistics.averagePrecision) }
        state.epoch += 1
        state.batch = 0
        state.epochSums = .init()
        keepBudget(report: report)
        for failure in detection?.failures ?? [] {
            try log.setAside(reason: failure, epoch: record.epoch)
            report(.imageSetAside(reason: failure))
        }
        try writeDetector(to: folder.last)
        // Without validation the last epoch is the best that is known.
        let precision = statistics?.averagePrecision ?? .infinity
        if precision > state.bestPrecision || detection == nil {
            state.bestPrecision = detection == nil ? -1 : precision
            try writeDetector(to: folder.best)
            if let detection, let validation {
                try folder.writing(folder.validation) {
                    var writer = try COCOResultsWriter(path: folder.validation, categories: validation.categories)
                    for entry in detection.entries { try writer.append(entry) }
                    try writer.finish()
                }
                drawPredictions(detection, of: validation, epoch: record.epoch, report: report)
            }
        }
        try folder.writeResults(state.records)
        drawCurves(report: report)
        var entry = RunLog.Entry(.epoch)
        entry.epoch = record.epoch
        entry.record = record
        try log.append(entry)
        try writeState()
        writingSeconds = start.duration(to: .now).seconds
        report(.epochFinished(record, of: state.position.lastEpoch, secondsLeft: isDone ? nil : secondsLeft))
    }

    /// Leaves the run so that it can be resumed.
    func interrupt() throws {
        try writeDetector(to: folder.last)
        var entry = RunLog.Entry(.interrupted)
        entry.epoch = state.epoch + 1
        entry.step = state.batch + 1
        try log.append(entry)
        try writeState()
    }

    /// Ends a run that ``run(shouldStop:report:)`` has brought to its last epoch, once everything else that is to be
    /// made of it is in the folder: there will be nothing to resume.
    public func finish() throws {
        var entry = RunLog.Entry(.end)
        entry.bestEpoch = summary(wasInterrupted: false).bestEpoch
        try log.append(entry)
        try log.synchronize()
        folder.removeState()
    }

    /// Writes all that the next step depends on, after what it builds on is on the disk.
    func writeState() throws {
        try requireFiniteWeights()
        try log.synchronize()
        try augmentationLog.synchronize()
        folder.synchronize()
        state.logBytes = log.byteCount
        state.augmentationBytes = augmentationLog.byteCount
        try folder.writing(folder.state) {
            try state.file(network: detector.network, optimizer: optimizer, average: average).write(to: folder.state)
        }
        lastState = .now
    }

    func writeDetector(to file: String) throws {
        try folder.writing(file) { try withAverages { try detector.write(to: file) } }
    }
}
