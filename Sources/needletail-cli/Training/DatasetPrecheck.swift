import Needletail

/// The fast part of `check`, before a training run: annotations, headers of image files, files in both datasets.
struct DatasetPrecheck {
    let training: TrainingParts.Part
    let validation: TrainingParts.Part?
    let images: String?
    let format: FormatOptions

    /// Says how much there is of each kind of error and warning, with the first example.
    ///
    /// - Throws: ``CommandError`` when no image of a dataset can be used.
    func run(console: Console) throws {
        let subjects = [training] + (validation.map { [$0] } ?? [])
        var options = CheckOptions()
        options.readsHeadersOnly = true
        let total = subjects.reduce(0) { $0 + $1.dataset.images.count }
        var progress = Progress("checking image files,", unit: "images", total: total, console: console)
        let report = DatasetCheck.run(
            subjects.map { CheckSubject(name: $0.name, dataset: $0.dataset) }, options: options
        ) { done, _ in progress.update(done) }
        progress.clear()
        for kind in report.kinds where kind.severity != .note {
            let count = report.counts[kind] ?? 0
            let example = report.issues(of: kind).first.map { CheckText.line($0) } ?? ""
            let text =
                "\(kind.severity.rawValue) \(kind.rawValue) (\(count)): \(kind.problem); \(Wording.commandLine(kind))\n  "
                + (count > 1 ? "the first: " : "") + example
            // An error of a dataset is none of the program: it is said even to whoever wants to hear little.
            if kind.severity == .error { console.alert(text) } else { console.note(text) }
        }
        let counts = (errors: report.count(of: .error), warnings: report.count(of: .warning))
        if counts.errors + counts.warnings > 0 {
            console.note(
                "datasets checked: \(Count.text(counts.errors, "error")), \(Count.text(counts.warnings, "warning")); "
                    + "all of them: \(command)")
        } else {
            console.note("datasets checked: nothing is wrong with the annotations and the headers of the image files")
        }
        for (index, subject) in subjects.enumerated() where !subject.dataset.images.isEmpty {
            guard report.unusableImageCount(inSubject: index) >= subject.dataset.images.count else { continue }
            throw CommandError(
                "\(subject.name): none of its \(subject.dataset.images.count) images can be used; the findings above say "
                    + "why. Is \(subject.dataset.imageFolder ?? ".") their folder? "
                    + "\(index == 0 ? "--images names" : "--images or --validation-images names") another. \(command) "
                    + "shows every image.")
        }
    }

    /// How to see everything.
    private var command: String {
        var paths = [training.path]
        if let validation, validation.path != training.path { paths.append(validation.path) }
        // Splits are chosen for all sources alike, so that they are named where there is one.
        let splits = paths.count == 1 ? training.splits + (validation?.splits ?? []) : []
        return ShellCommand.text(
            ["needletail", "check"] + paths + splits.flatMap { ["--split", $0] }
                + (images.map { ["--images", $0] } ?? []) + format.flags + ["--all"])
    }
}
