import Needletail
import NeedletailKernels

/// Shows a training run as it goes.
struct TrainingReport {
    let console: Console
    private var progress: Progress?
    private var setAside = Set<String>()
    private var isValidating = false

    private let threadCount: Int

    init(console: Console, pool: ThreadPool) {
        self.console = console
        threadCount = pool.threadCount
    }

    mutating func show(_ event: TrainingEvent) {
        switch event {
        case .detectorMade(let report): show(report)
        case .epochsPlanned(let epochs, let seconds, let pace):
            console.note(
                "\(Progress.clock(seconds)) are enough for \(Count.text(epochs, "epoch")) of about "
                    + "\(Progress.clock(pace.secondsPerEpoch)) here; --epochs \(epochs) gives the same run again")
        case .startsOver(let folder):
            console.note("\(folder): the run in this folder ended before its first state; it starts from the beginning")
        case .prepared(let detector, let images, let boxes, let epochs, let batches):
            console.note(
                "training \(detector.network.name) (\(detector.network.details)) on "
                    + "\(Count.text(images, "image")) with \(Count.text(boxes, "box", plural: "boxes")), "
                    + "\(Count.text(epochs, "epoch")) of \(Count.text(batches, "batch", plural: "batches")), "
                    + Count.text(threadCount, "thread"))
        case .classifierPrepared(let classifier, let images, let epochs, let batches):
            let transform = classifier.transform
            let size = transform.fixedSize.map { "\($0.width)x\($0.height)" } ?? ""
            // A network in words is its own name.
            let name = classifier.architecture.name
            console.note(
                "training \(name.count > 60 ? "a network in words" : name) (\(classifier.classes.count) classes, "
                    + "\(transform.channels == 1 ? "grey" : "colour") input of \(size)) on \(Count.text(images, "picture")), "
                    + "\(Count.text(epochs, "epoch")) of \(Count.text(batches, "batch", plural: "batches")), "
                    + Count.text(threadCount, "thread"))
        case .lossTurned(let turn):
            progress?.clear()
            console.warn(
                "the loss on the validation images was lowest after epoch \(turn.epoch) (\(Table.number(turn.lowest))) and is "
                    + "\(Table.number(turn.latest)) now, while that of training falls on: the training images are being learnt by "
                    + "heart. More images, more augmentation or fewer epochs help.")
        case .featuresStarted(let images, let bytes):
            console.note(
                "what the frozen layers compute of \(images) images is kept for all epochs: \(bytes >> 20) MiB on the disk "
                    + "until the run ends")
            progress = Progress("frozen layers, image", unit: "images", total: images, console: console)
        case .featuresProgress(let done, let total):
            progress?.update(done)
            if done == total { progress?.clear() }
        case .epochStarted(let epoch, let epochs, let batches, let secondsAfterwards):
            isValidating = false
            progress = Progress(
                "epoch \(epoch)/\(epochs), step", unit: "steps", total: batches.upperBound, done: batches.lowerBound,
                later: secondsAfterwards.map { .seconds($0) } ?? .unknown(part: "the epoch"), console: console)
        case .step(let step):
            progress?.update(step.batch, detail: "loss \(Table.number(Double(step.losses.total)))")
        case .imageSetAside(let reason):
            progress?.clear()
            if setAside.insert(reason).inserted { console.warn("set aside: \(reason)") }
        case .stepSkipped(let epoch, let batch, let images):
            progress?.clear()
            let more = images.count > 8 ? " and \(images.count - 8) more" : ""
            console.warn(
                "epoch \(epoch), step \(batch): the loss of \(images.prefix(8).joined(separator: ", "))\(more) is not a "
                    + "finite number; the step was undone. If the images and their boxes are right, a lower "
                    + "--learning-rate or a longer --warm-up helps.")
        case .warning(let text):
            progress?.clear()
            console.warn(text)
        case .validationProgress(let done, let total):
            if !isValidating {
                isValidating = true
                progress?.clear()
                progress = Progress("validation, image", unit: "images", total: total, console: console)
            }
            progress?.update(done)
        case .epochFinished(let record, let epochs, let secondsLeft):
            progress?.clear()
            var text =
                "epoch \(record.epoch)/\(epochs): loss \(Table.number(Double(record.loss))) "
                + "in \(Progress.clock(record.trainingSeconds))"
            if let loss = record.validationLoss { text += ", \(Table.number(Double(loss))) in validation" }
            if let precision = record.averagePrecision, precision < 0 {
                text += ", nothing to measure on"
            } else if let precision = record.averagePrecision {
                text +=
                    ", AP \(Table.number(precision)), AP50 \(Table.number(record.averagePrecision50 ?? 0)), "
                    + "AP75 \(Table.number(record.averagePrecision75 ?? 0)) in \(Progress.clock(record.validationSeconds))"
                if let alarms = record.metrics.first(where: { $0.name == FalseAlarms.metric }) {
                    text += ", \(Table.number(alarms.value)) \(alarms.name.title)"
                }
            } else if !record.metrics.isEmpty {
                let metrics = record.metrics.map { "\($0.name.title) \(Table.number($0.value))" }.joined(
                    separator: ", ")
                text += ", \(metrics) in \(Progress.clock(record.validationSeconds))"
            }
            if let secondsLeft { text += "; \(Progress.clock(secondsLeft)) left" }
            console.note(text)
        }
    }
}

extension TrainingReport {
    /// Says what was taken over from weights, or that nothing was.
    private func show(_ report: InitializationReport?) {
        guard let report else {
            Self.warnOfFreshWeights(console)
            return
        }
        let kind = report.architecture.map { " (\($0))" } ?? ""
        console.note("\(report.path)\(kind): \(report.filledCount) parameters taken over")
        let unmeasured = report.unmeasuredNormalizations.count
        if unmeasured > 0, report.measuredImages > 0 {
            console.note(
                "\(report.path): batch normalisation of \(unmeasured) layers is folded into their weights; its "
                    + "statistics were measured on \(Count.text(report.measuredImages, "training image"))")
        } else if unmeasured > 0 {
            console.warn(
                "\(report.path): batch normalisation of \(unmeasured) layers is folded into their weights, and no "
                    + "image could be read to measure its statistics on")
        }
        if !report.reusedCategories.isEmpty {
            console.note("known categories: \(report.reusedCategories.joined(separator: ", "))")
        }
        if let obstacle = report.unusedRows {
            console.warn("\(report.path): what it knows of classes of the same name is not taken over: \(obstacle)")
        }
    }

    static func warnOfFreshWeights(_ console: Console) {
        console.warn(
            "without --weights the network starts from random numbers, which takes many more images and epochs")
    }
}

extension TrainingHistory {
    /// The epochs of a run.
    init(_ records: [EpochRecord]) {
        self.init(
            epochs: records.map { record in
                Epoch(
                    number: record.epoch,
                    losses: record.losses.map {
                        Value($0.title.prefix(1).uppercased() + $0.title.dropFirst(), Double($0.value))
                    }, validationLoss: record.validationLoss.map { Double($0) },
                    learningRate: Double(record.learningRate),
                    metrics: record.metrics.filter { $0.name != FalseAlarms.metric }
                        .map { Value($0.name.title, $0.value) },
                    falseAlarms: record.metrics.first { $0.name == FalseAlarms.metric }?.value)
            })
    }
}
