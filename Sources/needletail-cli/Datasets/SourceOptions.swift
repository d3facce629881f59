import ArgumentParser
import NeedletailData

/// How the datasets that a verb reads are to be understood.
struct SourceOptions: ParsableArguments {
    @Option(help: "The format, where it is not to be recognised.")
    var from: DatasetFormat?

    @Option(help: "The split to read, where a dataset has several: train, val, test.")
    var split: String?

    @Option(help: "The folder of the image files, where the annotations do not say.")
    var images: String?

    @Option(help: "The dataset that detections were made for, where COCO results are read.")
    var annotations: String?

    @Option(help: "How Pascal VOC's corners are meant: inclusive1, shift1, zero; see 'convert'.")
    var vocOrigin: VOCOrigin = .inclusive1

    @Option(help: "The attribute that names the class, where the format knows attributes but no classes (VIA).")
    var classAttribute: String?

    func reading(split: String? = nil, isLenient: Bool = false) -> ReadingOptions {
        var options = ReadingOptions(format: from, split: split ?? self.split, images: images)
        options.vocOrigin = vocOrigin
        options.annotations = annotations
        options.classAttribute = classAttribute
        options.isLenient = isLenient
        return options
    }

    /// Reads a dataset, and says what was read otherwise than it stands or not at all.
    func read(_ path: String, console: Console) throws -> Dataset {
        let dataset = try Dataset.read(path, options: reading())
        console.warnOfReading(dataset)
        return dataset
    }
}

extension Console {
    /// Says what a reader took over otherwise than it stands or not at all, a line for all that is alike.
    func warnOfReading(_ dataset: Dataset) {
        let findings = dataset.readingFindings
        let grave = findings.filter { $0.first.kind.severity != .note }
        warn(of: grave.map(Self.line), heading: "not read as it stands (\(grave.reduce(0) { $0 + $1.count })):")
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

extension DatasetFormat: ExpressibleByArgument {}
