import NeedletailModels
import NeedletailProcesses

/// What came of a batch, wherever it was computed.
struct BatchOutcome {
    var notes: BatchNotes
    /// Nil where no image of the batch could be used.
    var losses: LossValues?

    /// The outcomes of all batches of a step.
    ///
    /// - Parameters:
    ///   - own: Of this process, which has a part of the batches in their order.
    ///   - stops: Whether this process was asked to stop.
    /// - Returns: In the order of the batches, and whether any process was asked to stop: the same everywhere.
    /// - Throws: `ProcessError`
    static func gathered(
        _ own: [BatchOutcome], stops: Bool, group: any ProcessGroup
    ) throws(ProcessError) -> (all: [BatchOutcome], stops: Bool) {
        guard !group.isAlone else { return (own, stops) }
        var message = Message()
        message.append(stops ? 1 : 0)
        message.append(own) { $1.append(to: &$0) }
        var outcomes: [BatchOutcome] = [], stopsAnywhere = false
        for var answer in try group.gather(message) {
            if answer.nextInt() != 0 { stopsAnywhere = true }
            outcomes += answer.nextArray { BatchOutcome(nextIn: &$0) }
        }
        return (outcomes, stopsAnywhere)
    }

    private func append(to message: inout Message) {
        for texts in [notes.names, notes.failures, notes.draws] { message.append(texts) { $0.append($1) } }
        message.append(losses.map { [$0.terms] } ?? []) { message, terms in message.append(terms) { $0.append($1) } }
    }

    init(notes: BatchNotes, losses: LossValues? = nil) {
        self.notes = notes
        self.losses = losses
    }

    private init(nextIn message: inout Message) {
        notes = BatchNotes()
        notes.names = message.nextArray { $0.nextString() }
        notes.failures = message.nextArray { $0.nextString() }
        notes.draws = message.nextArray { $0.nextString() }
        losses = message.nextArray { $0.nextArray { $0.nextFloat() } }.first.map { LossValues($0) }
    }
}
