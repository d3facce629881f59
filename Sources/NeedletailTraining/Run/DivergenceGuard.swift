import NeedletailGraph
import NeedletailModels
import NeedletailRuntime
import NeedletailSystem

/// Ends a run when too many steps have no finite loss, or weights have become something else than numbers.
package final class DivergenceGuard: TrainingHook {
    private let parameters: ParameterStore
    private let folder: RunFolder
    private let inspection: Remedy
    private let writeLast: () throws -> Void

    /// Steps without a finite loss in a row that end a run.
    private static let mostInRow = 10

    /// - Parameters:
    ///   - inspection: See ``RunModel/inspection``.
    ///   - writeLast: Writes the model as the last good step has left it.
    package init(
        _ parameters: ParameterStore, folder: RunFolder, inspection: Remedy = DenseDetector.inspection,
        writeLast: @escaping () throws -> Void
    ) {
        self.parameters = parameters
        self.folder = folder
        self.inspection = inspection
        self.writeLast = writeLast
    }

    /// Steps without a finite loss that an epoch may have: one in twenty, but as many as may come in a row.
    private static func most(ofBatches batches: Int) -> Int { max(mostInRow, batches / 20) }

    package func stepSkipped(_ notes: BatchNotes, _ status: TrainingStatus) throws {
        try requireFiniteWeights(status)
        let progress = status.progress, batches = status.batchCount
        let epoch = "epoch \(progress.epoch + 1)"
        if progress.sums.skipped > Self.most(ofBatches: batches) {
            throw try error("\(progress.sums.skipped) of the \(batches) steps of \(epoch)", notes, status)
        }
        if progress.skippedInRow >= Self.mostInRow {
            throw try error("\(progress.skippedInRow) steps in a row", notes, status)
        }
        // Of an epoch without losses there is nothing to be told.
        if progress.batch + 1 == batches, progress.sums.steps == 0 {
            throw try error("every step of \(epoch)", notes, status)
        }
    }

    package func stepsFinished(_ status: TrainingStatus) throws { try requireFiniteWeights(status) }

    /// The end of a run; the model of its last good step is written first.
    private func error(_ steps: String, _ notes: BatchNotes, _ status: TrainingStatus) throws -> TrainingError {
        try writeLast()
        return TrainingError(
            .divergence, folder.path,
            problem:
                "the loss of \(steps) was not a finite number, at last in step \(status.progress.batch + 1) of epoch "
                + "\(status.progress.epoch + 1) with \(Self.list(notes.names))",
            remedy: """
                \(inspection); log.jsonl names those of the other steps. If \
                they are right, start again in another folder with a lower \(setting: .learningRate) (it was \
                \(status.learningRate)) or a longer \(setting: .warmUp). None of these steps has changed the weights: \
                \(folder.last) is the model of the last good one.
                """)
    }

    /// - Throws: ``TrainingError`` when the weights have become something else than numbers, which no later step heals.
    func requireFiniteWeights(_ status: TrainingStatus) throws {
        guard let name = parameters.firstNonFinite else { return }
        throw TrainingError(
            .divergence, folder.path,
            problem:
                "the weights have grown beyond all numbers (\(name)) by step \(status.progress.batch + 1) of epoch "
                + "\(status.progress.epoch + 1)",
            remedy: """
                The learning rate is too high: start again in another folder with a lower \(setting: .learningRate) (it \
                was \(status.configuration.schedule.baseRate)) or a longer \(setting: .warmUp). What the folder holds is \
                from before.
                """)
    }

    /// The first few of many names.
    private static func list(_ names: [String]) -> String {
        let rest = names.count - 8
        return names.prefix(8).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}

extension ParameterStore {
    /// The name of the first parameter that holds something else than finite numbers.
    fileprivate var firstNonFinite: String? {
        parameters.first { !$0.values.areFinite }?.name
    }
}
