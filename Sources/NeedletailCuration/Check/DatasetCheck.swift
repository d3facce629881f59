/// Holds datasets against all rules. See ``DatasetIssue/Kind`` for the list.
public enum DatasetCheck {
    /// - Parameters:
    ///   - subjects: Several are taken as splits of one dataset, which should have no picture in common and the same
    ///     categories; so are the images of one dataset that name their split.
    ///   - progress: Called now and then with how many image files of how many have been read.
    /// - Returns: What was found; the same at any number of threads.
    public static func run(
        _ subjects: [CheckSubject], options: CheckOptions = CheckOptions(), progress: (Int, Int) -> Void = { _, _ in }
    ) -> CheckReport {
        var notes: [CheckNote] = []
        for (index, subject) in subjects.enumerated() {
            notes += RecordRules(subject: index, dataset: subject.dataset, failure: subject.failure).notes()
            notes += BoxRules(subject: index, dataset: subject.dataset, options: options).notes()
        }
        let datasets = subjects.map(\.dataset)
        let parts = SplitParts(subjects)
        notes += SplitRules(datasets: datasets, parts: parts).notes()
        var pictures = CheckedPictures()
        if options.readsPictures, options.kinds.contains(where: \.needsPixels) {
            pictures = CheckedPictures(datasets, readsHeadersOnly: options.readsHeadersOnly, progress: progress)
            notes += PictureRules(datasets: datasets, parts: parts, pictures: pictures, options: options).notes()
        }
        return CheckReport(
            subjects: subjects, parts: parts, pictures: pictures,
            notes: notes.filter { options.kinds.contains($0.kind) })
    }
}
