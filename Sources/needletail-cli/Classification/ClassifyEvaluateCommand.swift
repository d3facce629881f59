import ArgumentParser
import Needletail
import NeedletailKernels
import NeedletailSystem

struct ClassifyEvaluateCommand: ParsableCommand, SharedCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a classifier on pictures whose classes are known.",
        discussion: """
            Accuracy (top-1) and top-5; precision, recall and F1 of every class; which classes are taken for which; how far \
            its confidence can be believed; and its most confident mistakes, which often are wrong labels. Classes are \
            matched by name. Pictures are read as 'classify train' reads them; of folders with splits, test is measured, or \
            else val, unless --split says otherwise.

            EXAMPLE
              needletail classify evaluate runs/flowers/best.safetensors flowers/ \\
                  --report report.html --sheet mistakes.png
              needletail classify evaluate runs/digits/best.safetensors MNIST/ --split test
            """)

    @Argument(help: "The classifier: a run or its best.safetensors, weights of torchvision, or an ONNX file.")
    var classifier: String

    @Argument(help: "Pictures with classes: a folder with a folder for each class, a table, or MNIST's files.")
    var dataset: String

    @OptionGroup var pictures: PictureOptions

    @Option(help: "The split to measure: train, val, test.")
    var split: String?

    @Option(name: .customLong("pictures"), help: "Only these pictures in their order, from 1, such as 8001-10000.")
    var range: PictureRange?

    @Option(help: "The names of the classes, a line each, where the classifier does not say.")
    var classes: String?

    @Option(help: "Write a page with all of it: an HTML file.")
    var report: String?

    @Option(help: "Write small copies of the most confident mistakes and of what is right: a PNG file.")
    var sheet: String?

    @Option(help: "Write a table with the probability of every class for each picture: a CSV file.")
    var csv: String?

    @OptionGroup var overwriting: OverwriteOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() throws {
        let console = outputOptions.console
        Interruption.watch()
        let group = try Processes.join()
        let classifier = try ModelFile.path(classifier)
        for (path, what) in [(report, "the page"), (csv, "the table"), (sheet, "the picture")] {
            if let path, group.isFirst {
                try overwriting.claim(path, as: what, apartFrom: [classifier, dataset, classes].compactMap(\.self))
            }
        }
        let pool = try threads.makePool()
        let (model, names) = try ClassifierFile.read(classifier, classes: classes, pool: pool)
        let chosen = try choose(try pictures.read(dataset, console: console), console: console)
        let (matched, unknown) = chosen.matched(to: names)
        for unknown in unknown {
            console.warn(
                "the classifier does not know the class '\(unknown.name)'; its \(Count.text(unknown.count, "picture")) left out"
            )
        }
        guard !matched.items.isEmpty else {
            throw CommandError(
                "\(dataset): none of its pictures is of a class that \(classifier) knows: "
                    + names.listed()
                    + ". Classes are matched by name; --classes names them where the classifier does not.")
        }
        var progress = Progress("pictures", unit: "pictures", total: matched.items.count, console: console)
        guard
            let outcome = try ClassificationValidation.classify(
                matched, by: model, pool: pool, group: group,
                progress: {
                    progress.update($0)
                    return !Interruption.isRequested
                })
        else {
            progress.clear()
            console.alert("stopped")
            throw ExitCode(ExitStatus.failed.rawValue)
        }
        progress.clear()
        console.warn(of: outcome.failures, heading: "pictures that cannot be read (\(outcome.failures.count)):")
        guard !outcome.pictures.isEmpty else { throw CommandError("\(dataset): none of its pictures can be read.") }
        let evaluation = ClassificationEvaluation(
            dataset: matched, classifierPath: classifier, pictures: outcome.pictures,
            metrics: outcome.metrics.renamed(names), failures: outcome.failures, unknownClasses: unknown)
        if group.isFirst { try write(evaluation, names: names, console: console) }
        let document = ClassificationDocument(evaluation)
        try console.result(document) { ClassificationText(evaluation: evaluation).text }
    }

    private func choose(_ whole: ClassificationDataset, console: Console) throws -> ClassificationDataset {
        var part = whole
        let usual = ["test", "val"].first(where: whole.splits.contains)
        if let name = split ?? usual {
            part = whole.split(name)
            guard !part.items.isEmpty else {
                throw CommandError(
                    "\(dataset): there are no pictures of the split \(name); "
                        + (whole.splits.isEmpty
                            ? "it has no splits." : "its splits are \(whole.splits.joined(separator: ", "))."))
            }
            if split == nil { console.note("measured on: \(name), \(Count.text(part.items.count, "picture"))") }
        }
        return try range?.select(from: part, flag: "--pictures") ?? part
    }

    private func write(_ evaluation: ClassificationEvaluation, names: [String], console: Console) throws {
        if let report {
            try ClassificationPage(evaluation).write(to: report)
            console.note("\(report): the page")
        }
        if let csv {
            try AtomicFile.write(ClassificationTable(classes: names).text(evaluation.pictures), to: csv)
            console.note("\(csv): the table")
        }
        if let sheet {
            try ClassificationSheet(dataset: evaluation.dataset, pictures: evaluation.pictures).write(
                to: sheet, showing: "small copies of mistakes, and of what is right", console: console)
        }
    }
}
