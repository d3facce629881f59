import NeedletailTraining
import Testing

/// What a run says of the time and the epochs that are to come.
@Suite struct TimeLeftTests {
    private struct Epoch: Equatable {
        var number: Int
        var epochs: Int
        var knowsTimeLeft: Bool
    }

    private let small: SmallRun

    init() throws { small = try SmallRun() }

    /// - Returns: What was told at the start of each epoch, at the end of each, and after the last.
    private func run(
        _ configuration: TrainingConfiguration
    ) throws -> (started: [Epoch], finished: [Epoch], summary: TrainingSummary) {
        var started: [Epoch] = [], finished: [Epoch] = []
        let summary = try small.trainer(configuration, in: "run").run(report: { event in
            switch event {
            case .epochStarted(let epoch, let epochs, _, let seconds):
                started.append(Epoch(number: epoch, epochs: epochs, knowsTimeLeft: seconds != nil))
            case .epochFinished(let record, let epochs, let seconds):
                finished.append(Epoch(number: record.epoch, epochs: epochs, knowsTimeLeft: seconds != nil))
            default: break
            }
        })
        return (started, finished, summary)
    }

    @Test func isKnownAfterAnEpoch() throws {
        let run = try run(.init(epochs: 2, schedule: .init(baseRate: 1e-3, decay: .constant)))
        #expect(
            run.started == [
                Epoch(number: 1, epochs: 2, knowsTimeLeft: false), Epoch(number: 2, epochs: 2, knowsTimeLeft: true),
            ])
        #expect(
            run.finished == [
                Epoch(number: 1, epochs: 2, knowsTimeLeft: true), Epoch(number: 2, epochs: 2, knowsTimeLeft: false),
            ])
        #expect(run.summary.epochs == 2)
    }

    /// Epochs with frozen layers say nothing of those after them.
    @Test func isUnknownWhileLayersAreFrozen() throws {
        let run = try run(.init(epochs: 4, schedule: .init(baseRate: 1e-3, decay: .constant), frozenEpochs: 2))
        #expect(run.started.map(\.knowsTimeLeft) == [false, false, false, true])
        #expect(run.finished.map(\.knowsTimeLeft) == [false, false, true, false])
    }

    /// The epochs are those that the budget leaves as soon as it is known.
    @Test func budgetEndsTheRun() throws {
        let run = try run(.init(epochs: 3, budget: 1e-3, schedule: .init(baseRate: 1e-3, decay: .constant)))
        #expect(run.started == [Epoch(number: 1, epochs: 3, knowsTimeLeft: false)])
        #expect(run.finished == [Epoch(number: 1, epochs: 1, knowsTimeLeft: false)])
        #expect(run.summary.epochs == 1 && !run.summary.wasInterrupted)
    }
}
