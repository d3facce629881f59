import ArgumentParser
import Needletail
import NeedletailKernels
import NeedletailSystem

struct ClassifyPredictCommand: ParsableCommand, SharedCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Say what pictures show.",
        discussion: """
            A line for every picture: its file, the most probable class with its probability, and the next ones. The \
            pictures themselves are only read.

            EXAMPLE
              needletail classify predict runs/flowers/best.safetensors photos/
              needletail classify predict runs/flowers/best.safetensors photos/ \\
                  --csv flowers.csv --sheet flowers.png
              needletail classify predict weights/resnet18-f37072fd.pth photo.jpg \\
                  --classes imagenet-classes.txt
            """)

    @Argument(help: "The classifier: a run or its best.safetensors, weights of torchvision, or an ONNX file.")
    var classifier: String

    @Argument(
        help: ArgumentHelp(
            "Pictures, or folders of them.",
            discussion: "Or a table of pictures, MNIST's files, or with --crops a dataset."))
    var inputs: [String]

    @OptionGroup var pictures: PictureOptions

    @Option(help: "How many classes are named for a picture.")
    var top = 3

    @Option(help: "The names of the classes, a line each, where the classifier does not say.")
    var classes: String?

    @Option(help: "Write a table with the probability of every class: a CSV file.")
    var csv: String?

    @Option(help: "Write small copies of the pictures with what they are taken for: a PNG file.")
    var sheet: String?

    @Flag(help: "Look into the folders of folders too.")
    var recursive = false

    @OptionGroup var overwriting: OverwriteOptions
    @OptionGroup var threads: ThreadOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (1...1000).contains(top) else {
            throw ValidationError("--top takes a number from 1 to 1000, not \(top).")
        }
        if pictures.crops, inputs.count > 1 { throw ValidationError("--crops takes one dataset at a time.") }
    }

    private struct Result: Encodable {
        struct Picture: Encodable {
            struct Class: Encodable {
                var name: String
                var probability: Float
            }

            var file: String
            var classes: [Class]
        }

        var classifier: String
        var pictures: [Picture]
        var failed: [String]
        var wasInterrupted: Bool
    }

    func run() throws {
        let console = outputOptions.console
        Interruption.watch()
        let group = try Processes.join()
        let classifier = try ModelFile.path(classifier)
        let items = try items(console: console)
        for (path, what) in [(csv, "the table"), (sheet, "the picture")] {
            if let path, group.isFirst {
                try overwriting.claim(
                    path, as: what, apartFrom: items.map(\.name) + inputs + [classifier, classes].compactMap(\.self))
            }
        }
        let pool = try threads.makePool()
        let (model, names) = try ClassifierFile.read(classifier, classes: classes, pool: pool)
        let dataset = ClassificationDataset(path: inputs[0], classes: names, items: items, hasSeveralLabels: true)
        var progress = Progress("pictures", unit: "pictures", total: items.count, console: console)
        var pictures: [ClassifiedPicture] = []
        var failures: [String] = []
        // In parts, so that what is known so far is told when the work is stopped.
        let part = 64
        var wasInterrupted = false
        for start in stride(from: 0, to: items.count, by: part) {
            wasInterrupted = try group.anywhere(Interruption.isRequested)
            if wasInterrupted { break }
            let rows = Array(start..<min(start + part, items.count))
            guard
                let outcome = try ClassificationValidation.classify(
                    dataset.selecting(rows), by: model, pool: pool, batchSize: 1, group: group,
                    progress: {
                        progress.update(start + $0)
                        return !Interruption.isRequested
                    })
            else {
                wasInterrupted = true
                break
            }
            pictures += outcome.pictures.map { picture in
                var picture = picture
                picture.row += start
                return picture
            }
            failures += outcome.failures
        }
        progress.clear()
        console.warn(of: failures, heading: "pictures that cannot be read (\(failures.count)):")
        if let csv, group.isFirst {
            try AtomicFile.write(ClassificationTable(classes: names, hasTruth: false).text(pictures), to: csv)
            console.note("\(csv): the table")
        }
        if let sheet, group.isFirst { try write(pictures, of: dataset, to: sheet, console: console) }
        let result = Result(
            classifier: classifier,
            pictures: pictures.map { picture in
                Result.Picture(
                    file: picture.name,
                    classes: order(picture).map { .init(name: names[$0], probability: picture.probabilities[$0]) })
            }, failed: failures, wasInterrupted: wasInterrupted)
        try console.result(result) { text(result) }
        if pictures.isEmpty || result.wasInterrupted { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    /// Pictures without their classes: of a dataset that says where they are, or of files and folders.
    private func items(console: Console) throws -> [ClassificationDataset.Item] {
        if inputs.count == 1, pictures.crops || ClassificationDataset.isList(inputs[0]) {
            return try pictures.read(inputs[0], console: console).items.map { item in
                ClassificationDataset.Item(name: item.name, source: item.source, labels: [])
            }
        }
        let (files, locked) = try ImageFolder.files(inputs, isRecursive: recursive, warn: console.warn)
        console.warn(of: locked, heading: "folders that cannot be looked into (\(locked.count)):")
        return files.map { ClassificationDataset.Item(name: $0.path, source: .file($0.path), labels: []) }
    }

    private func order(_ picture: ClassifiedPicture) -> [Int] {
        Array(
            Classifier.Prediction(classIndex: picture.predicted, probabilities: picture.probabilities).order.prefix(top)
        )
    }

    private func write(
        _ pictures: [ClassifiedPicture], of dataset: ClassificationDataset, to path: String, console: Console
    ) throws {
        try ClassificationSheet(dataset: dataset, pictures: pictures, isMeasured: false).write(
            to: path, showing: "small copies of \(min(pictures.count, 48)) pictures", console: console)
    }

    private func text(_ result: Result) -> String {
        let rows = result.pictures.map { picture in
            [picture.file] + picture.classes.flatMap { [$0.name, Table.number(Double($0.probability))] }
        }
        return Table.text(rows)
    }
}
