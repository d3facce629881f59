import NeedletailKernels
import NeedletailModels

/// Keeps what the frozen layers compute of the images on the disk, where that stays the same and there is room.
///
/// Kept values are computed image by image, which rounds otherwise than a batch at once: a resumed run must do as the run
/// has begun.
final class FeatureKeeping<M: Model>: TrainingHook {
    /// Whether values are kept, by the number of stages that are trained.
    private(set) var decisions: [Int: Bool]
    private let step: TrainingStep<M>
    private let batches: any KeptBatchSource<M.Target>
    private let folder: RunFolder
    /// Bytes of the disk that the values may take.
    private let limit: Int
    /// Sizes of the files that the run writes beside them.
    private let sizes: RunFolder.Sizes

    init(
        _ step: TrainingStep<M>, batches: any KeptBatchSource<M.Target>, folder: RunFolder, limit: Int,
        sizes: RunFolder.Sizes,
        decisions: [Int: Bool]
    ) {
        self.step = step
        self.batches = batches
        self.folder = folder
        self.limit = limit
        self.sizes = sizes
        self.decisions = decisions
    }

    func phaseStarted(trainedStages: Int, _ status: TrainingStatus) throws -> Bool {
        batches.features = nil
        guard
            let extent = try FrozenFeatures.Extent(
                images: batches.images, model: step.model, configuration: status.configuration,
                gradients: step.gradients),
            try keeps(extent, trainedStages: trainedStages, report: status.report)
        else { return true }
        status.report(.featuresStarted(images: extent.imageCount, bytes: extent.byteCount))
        let features = try FrozenFeatures(
            extent, images: batches.images, model: step.model, folder: folder, pool: step.pool
        ) { done, total in
            status.report(.featuresProgress(done: done, of: total))
            return !status.shouldStop()
        }
        step.features = features
        batches.features = features
        return features != nil
    }

    /// Whether values are kept: as when the run came to this phase first, or else if there is room.
    ///
    /// - Throws: ``TrainingError`` when they were kept and there is no room any more.
    private func keeps(
        _ extent: FrozenFeatures.Extent, trainedStages: Int, report: (TrainingEvent) -> Void
    ) throws -> Bool {
        let hasRoom = folder.hasSpace(for: extent.byteCount, beside: sizes)
        let size = "\(extent.byteCount >> 20) MiB that frozen layers compute of all images"
        if let before = decisions[trainedStages] {
            guard hasRoom || !before else {
                throw TrainingError(
                    .disk, folder.path,
                    problem: "there is no room for the \(size), which this run has kept so far",
                    remedy: "Make space on the disk, and continue with \(setting: .resume).")
            }
            return before
        }
        let isWanted = extent.byteCount <= limit
        if isWanted, !hasRoom {
            report(.warning("\(folder.path): there is no room for the \(size); they are computed anew in every epoch"))
        }
        // All processes do alike.
        let keeps = try !step.group.anywhere(!(isWanted && hasRoom))
        decisions[trainedStages] = keeps
        return keeps
    }
}
