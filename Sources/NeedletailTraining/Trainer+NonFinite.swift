import NeedletailModels

/// Steps whose loss is not a finite number.
extension Trainer {
    /// Steps without a finite loss in a row that end a run.
    static let mostSkippedInRow = 10

    /// Steps without a finite loss that an epoch may have: one in twenty, but as many as may come in a row.
    static func mostSkipped(ofBatches batches: Int) -> Int { max(mostSkippedInRow, batches / 20) }

    /// Notes a step that was undone, and ends the run when there are too many.
    ///
    /// - Throws: ``TrainingError`` with the images and what helps.
    func skip(
        _ images: [String], learningRate: Float, batches: Int, report: (TrainingEvent) -> Void
    ) throws {
        try requireFiniteWeights()
        state.skippedInRow += 1
        state.epochSums.skipped += 1
        var entry = RunLog.Entry(.stepSkipped)
        entry.epoch = state.epoch + 1
        entry.step = state.batch + 1
        entry.images = images
        try log.append(entry)
        report(.stepSkipped(epoch: state.epoch + 1, batch: state.batch + 1, images: images))
        if state.epochSums.skipped > Self.mostSkipped(ofBatches: batches) {
            throw try nonFinite(
                "\(state.epochSums.skipped) of the \(batches) steps of epoch \(state.epoch + 1)", images, learningRate)
        }
        if state.skippedInRow >= Self.mostSkippedInRow {
            throw try nonFinite("\(state.skippedInRow) steps in a row", images, learningRate)
        }
        // Of an epoch without losses there is nothing to be told.
        if state.batch + 1 == batches, state.epochSums.steps == 0 {
            throw try nonFinite("every step of epoch \(state.epoch + 1)", images, learningRate)
        }
    }

    /// The end of a run; the detector of its last good step is written first.
    private func nonFinite(_ steps: String, _ images: [String], _ learningRate: Float) throws -> TrainingError {
        try writeDetector(to: folder.last)
        return TrainingError(
            "\(folder.path): the loss of \(steps) was not a finite number, at last in step \(state.batch + 1) of epoch "
                + "\(state.epoch + 1) with \(Self.list(images)). Look at these images with 'needletail check' and "
                + "'needletail draw'; log.jsonl names those of the other steps. If they are right, start again in another "
                + "folder with a lower --learning-rate (it was \(learningRate)) or a longer --warm-up. None of these steps "
                + "has changed the weights: \(folder.last) is the detector of the last good one.",
            isDivergence: true)
    }

    /// - Throws: ``TrainingError`` when the weights have become something else than numbers, which no later step heals.
    func requireFiniteWeights() throws {
        guard let name = detector.network.parameters.firstNonFinite else { return }
        let rate = configuration.schedule.baseRate
        throw TrainingError(
            "\(folder.path): the weights have grown beyond all numbers (\(name)) by step \(state.batch + 1) of epoch "
                + "\(state.epoch + 1). The learning rate is too high: start again in another folder with a lower "
                + "--learning-rate (it was \(rate)) or a longer --warm-up. What the folder holds is from before.",
            isDivergence: true)
    }

    /// The first few of many names.
    static func list(_ names: [String]) -> String {
        let rest = names.count - 8
        return names.prefix(8).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}
