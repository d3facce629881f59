/// Writes `results.csv`: a line an epoch.
package final class ResultsTable: TrainingHook {
    private let folder: RunFolder
    private let lossTerms: [String]
    private let metrics: [Metric.Name]

    /// - Parameter metrics: All that have a column, also in a run without validation.
    package init(_ folder: RunFolder, lossTerms: [String], metrics: [Metric.Name]) {
        self.folder = folder
        self.lossTerms = lossTerms
        self.metrics = metrics
    }

    package func epochFinished(_ epoch: FinishedEpoch, _ status: TrainingStatus) throws {
        try folder.write(text(status.progress.records), to: folder.results)
    }

    func text(_ records: [EpochRecord]) -> String {
        let header =
            ["epoch", "loss"] + lossTerms.map { "loss_" + $0 } + ["validation_loss", "learning_rate"]
            + metrics.map(\.title)
            + ["training_seconds", "validation_seconds"]
        return ([header] + records.map { line($0) }).map { $0.joined(separator: ",") + "\n" }.joined()
    }

    private func line(_ record: EpochRecord) -> [String] {
        func text(_ value: Double?) -> String { value.map { EpochRecord.rounded($0, digits: 5) } ?? "" }
        return ["\(record.epoch)", text(Double(record.loss))]
            + lossTerms.map { text(record.loss($0).map { Double($0) }) }
            + [text(record.validationLoss.map { Double($0) }), "\(record.learningRate)"]
            + metrics.map { text(record.metric($0.key)) } + [
                EpochRecord.rounded(record.trainingSeconds, digits: 2),
                EpochRecord.rounded(record.validationSeconds, digits: 2),
            ]
    }
}
