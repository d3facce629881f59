import NeedletailModels

/// Writes the model of the latest epoch and of the best, with the weights averaged where they are, and what the best has
/// found.
package final class ModelFiles<M: RunModel>: TrainingHook {
    private let step: TrainingStep<M>
    private let folder: RunFolder
    private let prepare: () -> Void
    private let writeFindings: () throws -> Void

    /// - Parameters:
    ///   - prepare: Gives the model what validation has found out for it.
    ///   - writeFindings: Writes what the model says of the validation images.
    package init(
        _ step: TrainingStep<M>, folder: RunFolder, prepare: @escaping () -> Void = {},
        writeFindings: @escaping () throws -> Void = {}
    ) {
        self.step = step
        self.folder = folder
        self.prepare = prepare
        self.writeFindings = writeFindings
    }

    package func epochFinished(_ epoch: FinishedEpoch, _ status: TrainingStatus) throws {
        prepare()
        try writeLast()
        guard epoch.isBest else { return }
        try write(to: folder.best)
        try writeFindings()
    }

    package func runInterrupted(_ status: TrainingStatus) throws { try writeLast() }

    func writeLast() throws { try write(to: folder.last) }

    private func write(to file: String) throws {
        try folder.writing(file) { try step.withAverages { try step.model.write(to: file, metadata: [:]) } }
    }
}
