import ArgumentParser
import Needletail

/// What a run ended with, as its verb prints it.
struct FinishedRun: Encodable {
    var output: String
    /// Of the best epoch and of the last; nil of one that was not written.
    var best: String?
    var last: String?
    var bestEpoch: Int?
    var wasInterrupted: Bool
    var epochs: [EpochRecord.Members]

    init(_ summary: TrainingSummary, folder: RunFolder) {
        output = folder.path
        best = ImageFolder.exists(folder.best) ? folder.best : nil
        last = ImageFolder.exists(folder.last) ? folder.last : nil
        bestEpoch = summary.bestEpoch
        wasInterrupted = summary.wasInterrupted
        epochs = summary.records.map(\.members)
    }

    /// Prints it, and ends the program as failed when the run was interrupted.
    ///
    /// - Parameters:
    ///   - kind: What was trained: a detector, a classifier.
    ///   - measured: What to say of the best epoch; nil when nothing could be measured.
    ///   - unmeasured: Why not.
    static func show(
        _ summary: TrainingSummary, folder: RunFolder, kind: String, console: Console,
        measured: (EpochRecord) -> String?, unmeasured: (EpochRecord?) -> String
    ) throws {
        let run = FinishedRun(summary, folder: folder)
        try console.result(run) {
            if summary.wasInterrupted {
                return
                    "stopped after \(summary.records.count) of \(Count.text(summary.epochs, "epoch")); continue with --resume"
                    + (run.last.map { ". \($0) is the \(kind) so far." } ?? ".")
            }
            let best = summary.records.first { $0.epoch == summary.bestEpoch }
            if let best, let measures = measured(best) {
                return "\(folder.best): epoch \(best.epoch), \(measures)"
            }
            return
                "\(folder.last): the \(kind) after \(Count.text(summary.records.count, "epoch")) (\(unmeasured(best)))"
        }
        if summary.wasInterrupted { throw ExitCode(ExitStatus.failed.rawValue) }
    }
}
