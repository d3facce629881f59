import ArgumentParser
import NeedletailData

/// How the datasets that a verb reads are to be understood.
struct SourceOptions: ParsableArguments {
    @Option(help: "The split to read, where a dataset has several: train, val, test.")
    var split: String?

    @Option(help: "The folder of the image files, where the annotations do not say.")
    var images: String?

    @Option(help: "The dataset that detections were made for, where COCO results are read.")
    var annotations: String?

    @OptionGroup var format: FormatOptions

    /// Reads a dataset, and says what was read otherwise than it stands or not at all.
    func read(_ path: String, console: Console) throws -> Dataset {
        var reading = format.reading(split: split, images: images)
        reading.annotations = annotations
        let dataset = try Dataset.read(path, options: reading)
        console.warnOfReading(dataset)
        return dataset
    }
}

extension Console {
    /// Says what a reader took over otherwise than it stands or not at all, a line for all that is alike.
    ///
    /// - Parameter notesOnly: Whether what is more than a note has been said elsewhere.
    func warnOfReading(_ dataset: Dataset, notesOnly: Bool = false) {
        let findings = dataset.readingFindings
        let grave = findings.filter { $0.first.kind.severity != .note }
        if !notesOnly {
            warn(of: grave.map(Self.line), heading: "not read as it stands (\(grave.reduce(0) { $0 + $1.count })):")
        }
        for finding in findings where finding.first.kind.severity == .note {
            let issue = finding.first
            note(
                "note: \(issue.file): \(issue.kind.problem): \(issue.detail ?? "") (\(finding.count)); "
                    + Wording.commandLine(issue.kind))
        }
    }

    private static func line(_ finding: ReadingFinding) -> String {
        let text = finding.first.text(Wording.commandLine.callAsFunction)
        return finding.count == 1 ? text : "\(text); \(finding.count) times, this is the first"
    }
}
