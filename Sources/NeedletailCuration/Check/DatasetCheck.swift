import NeedletailDatasets
import NeedletailProcesses

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
        run(subjects, options: options) { datasets in
            CheckedPictures(datasets, readsHeadersOnly: options.readsHeadersOnly, progress: progress)
        }
    }

    /// Likewise in several processes, which read a part of the image files each; all of them find the same.
    ///
    /// - Throws: `ProcessError` when another process is lost.
    public static func run(
        _ subjects: [CheckSubject], options: CheckOptions = CheckOptions(), group: any ProcessGroup,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws(ProcessError) -> CheckReport {
        try run(subjects, options: options) { datasets throws(ProcessError) in
            try CheckedPictures(
                datasets, readsHeadersOnly: options.readsHeadersOnly, group: group, progress: progress)
        }
    }

    private static func run<Failure: Error>(
        _ subjects: [CheckSubject], options: CheckOptions, look: ([Dataset]) throws(Failure) -> CheckedPictures
    ) throws(Failure) -> CheckReport {
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
            pictures = try look(datasets)
            notes += PictureRules(datasets: datasets, parts: parts, pictures: pictures, options: options).notes()
        }
        return CheckReport(
            subjects: subjects, parts: parts, pictures: pictures,
            notes: notes.filter { options.kinds.contains($0.kind) })
    }
}
