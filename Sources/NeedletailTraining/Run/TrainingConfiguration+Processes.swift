import NeedletailProcesses

extension TrainingConfiguration {
    /// The same run with each batch computed in equal parts: a batch of it is a part, and a step has as many more.
    ///
    /// - Precondition: They divide the batch.
    func dividingBatches(in parts: Int) -> TrainingConfiguration {
        precondition(parts >= 1 && batchSize.isMultiple(of: parts), "\(batchSize) images in \(parts) parts")
        var divided = self
        divided.batchSize /= parts
        divided.batchesPerStep *= parts
        divided.schedule.warmUpSteps *= parts
        return divided
    }

    /// Finds out whether processes can share the batches of each step.
    ///
    /// In how many a step's images are divided decides bits of the result, which the number of processes must not: so it
    /// is asked for and not made to fit.
    ///
    /// - Throws: `ProcessError` with the numbers that would do.
    func check(for group: any ProcessGroup) throws(ProcessError) {
        guard !batchesPerStep.isMultiple(of: group.count) else { return }
        let images = batchSize * batchesPerStep
        let fitting = stride(from: group.count, through: images, by: group.count).filter { images.isMultiple(of: $0) }
        guard !fitting.isEmpty else {
            throw ProcessError(
                .division,
                problem: "the \(images) images of a step cannot be shared out evenly among \(group.count) processes",
                remedy: "Give a batch of a multiple of \(group.count) images, or start fewer processes.")
        }
        throw ProcessError(
            .division,
            problem:
                "the images of a step are computed in \(batchesPerStep == 1 ? "one part" : "\(batchesPerStep) parts"), "
                + "which \(group.count) processes cannot share",
            remedy: """
                Divide them with \(setting: .microBatches) \(fitting.prefix(4).map(String.init).joined(separator: ", ")). The \
                result depends on that number, and not on how many processes share the parts.
                """)
    }
}
