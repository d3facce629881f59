import Needletail

/// The fast part of `check`, before a training run: annotations, headers of image files, files in both datasets.
struct DatasetPrecheck {
    let training: (name: String, dataset: Dataset)
    let validation: (name: String, dataset: Dataset)?
    let images: String?

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
                "\(kind.rawValue) (\(count)): \(kind.problem); \(kind.resolution)\n  "
                + (count > 1 ? "the first: " : "") + example
            if kind.severity == .error { console.warn(text) } else { console.note("note: \(text)") }
        }
        let counts = (errors: report.count(of: .error), warnings: report.count(of: .warning))
        if counts.errors + counts.warnings > 0 {
            console.note(
                "datasets checked: \(Self.words(counts.errors, "error")), \(Self.words(counts.warnings, "warning")); "
                    + "all of them: \(command)")
        } else {
            console.note("datasets checked: nothing is wrong with the annotations and the headers of the image files")
        }
        for (index, subject) in subjects.enumerated() where !subject.dataset.images.isEmpty {
            guard report.unusableImageCount(inSubject: index) >= subject.dataset.images.count else { continue }
            throw CommandError(
                "\(subject.name): none of its \(subject.dataset.images.count) images can be used; the warnings above say "
                    + "why. Is \(subject.dataset.imageFolder ?? ".") their folder? "
                    + "\(index == 0 ? "--images names" : "--images or --validation-images names") another. \(command) "
                    + "shows every image.")
        }
    }

    private static func words(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// How to see everything.
    private var command: String {
        let sources = [training.name] + (validation.map { [$0.name] } ?? [])
        return ShellCommand.text(
            ["needletail", "check"] + sources + (images.map { ["--images", $0] } ?? []) + ["--all"])
    }
}
