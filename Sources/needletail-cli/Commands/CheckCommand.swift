import ArgumentParser
import NeedletailData

struct CheckCommand: ParsableCommand, SharedCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Find what is wrong with a dataset and its images, and correct it.",
        discussion: """
            Every finding has an identifier, a severity, a file and a record. Several sources, or several --split, are \
            taken as splits of one dataset: then leakage and disagreement between them are found too. Nothing is \
            changed; --fix writes a corrected copy and, beside it, a line of JSON for every change.

            EXAMPLE
              needletail check cells/train.json --images BCCD/JPEGImages
              needletail check train.json val.json --strict --skip box-tiny
              needletail check BCCD --split train --split test
              needletail check train.json --fix corrected/train.json

            EXIT CODES
              0 no errors (with --strict: no warnings either), 1 failed, 2 wrong usage, 3 findings. With --fix, findings \
            that it corrected do not count.
            """)

    @Argument(help: "The datasets: files or folders of any format.")
    var sources: [String] = []

    @Option(help: "The split to check, where a dataset has several; may be repeated.")
    var split: [String] = []

    @Option(help: "The folder of the image files, where the annotations do not say.")
    var images: String?

    @OptionGroup var format: FormatOptions

    @Option(help: "Look for these only: identifiers with commas between them; see --list.")
    var only: RuleList?

    @Option(help: "Do not look for these: identifiers with commas between them; see --list.")
    var skip: RuleList?

    @Flag(inversion: .prefixedNo, help: "Read the image files.")
    var pixels = true

    @Flag(help: "Let warnings count for the exit code.")
    var strict = false

    @Flag(help: "Print every finding instead of the first few of each kind.")
    var all = false

    @Flag(help: "List the rules and end.")
    var list = false

    @Option(help: ArgumentHelp("Write a corrected copy.", valueName: "destination"))
    var fix: String?

    @OptionGroup var destination: DestinationOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if list { return }
        if sources.isEmpty { throw ValidationError("Missing expected argument '<sources> ...'") }
        if fix != nil, sources.count * max(split.count, 1) > 1 {
            throw ValidationError("--fix corrects one dataset at a time.")
        }
    }

    func run() throws {
        let console = output.console
        if list { return try console.result(CheckText.rules) { CheckText.ruleTable } }
        let group = try Processes.join()
        let subjects = try sources.flatMap { source in
            try split.isEmpty ? [subject(source, nil)] : split.map { try subject(source, $0) }
        }
        let images = subjects.reduce(0) { $0 + $1.dataset.images.count }
        var progress = Progress("images", unit: "images", total: images, console: console)
        let report = try DatasetCheck.run(
            subjects, options: CheckOptions(only: only?.kinds, skip: skip?.kinds ?? [], readsPictures: pixels),
            group: group
        ) { done, _ in progress.update(done) }
        progress.clear()
        var counts = report.counts
        var outcome: RepairOutcome?
        if let fix {
            let repair = DatasetRepair(report)
            if group.isFirst { try write(repair, to: fix, console: console) }
            counts = repair.remaining
            outcome = RepairOutcome(repair, destination: fix)
        }
        let text = CheckText(report: report, showsAll: all)
        if output.json {
            try console.document(text.document(outcome), list: "findings", of: text.findings)
        } else {
            StandardOutput.write(text.text + "\n")
            if let outcome { StandardOutput.write(outcome.text + "\n") }
        }
        let counted = counts.contains { $0.key.severity == .error || (strict && $0.key.severity == .warning) }
        if counted { throw ExitCode(ExitStatus.findings.rawValue) }
    }

    private func write(_ repair: DatasetRepair, to fix: String, console: Console) throws {
        try OutputRule.requireFree(
            [ChangeLog.path(beside: fix)], what: "the log of changes", overwrites: destination.overwrite,
            inputs: sources)
        try destination.write(repair.dataset, to: fix, apartFrom: sources, console: console)
        try ChangeLog.write(repair.changes, beside: fix, console: console)
    }

    private func subject(_ source: String, _ split: String?) throws -> CheckSubject {
        let name = split.map { "\(source) (\($0))" } ?? source
        var options = format.reading(split: split, images: images)
        options.isLenient = true
        do {
            return CheckSubject(name: name, dataset: try Dataset.read(source, options: options))
        } catch let error as AnnotationError where error.kind == .syntax || error.kind == .schema {
            return CheckSubject(name: name, failure: error)
        }
    }
}

/// Identifiers of rules with commas between them; a `*` at the end stands for all that begin so.
struct RuleList: ExpressibleByArgument {
    let kinds: Set<DatasetIssue.Kind>

    init?(argument: String) {
        var kinds: Set<DatasetIssue.Kind> = []
        for name in argument.split(separator: ",") {
            let found = DatasetIssue.Kind.allCases.filter {
                name.hasSuffix("*") ? $0.rawValue.hasPrefix(name.dropLast()) : $0.rawValue == name
            }
            if found.isEmpty { return nil }
            kinds.formUnion(found)
        }
        self.kinds = kinds
    }
}
