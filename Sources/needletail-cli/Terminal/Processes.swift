import Needletail
import NeedletailPlatform
import NeedletailProcesses
import Synchronization

/// The processes that a launcher such as `mpirun` has started as one. The first speaks for all of them.
enum Processes {
    private static let joined = Mutex<MPIProcessGroup?>(nil)

    /// Of a verb whose work several processes share; one alone where nothing has started others.
    ///
    /// - Throws: `ProcessError`
    static func join() throws -> any ProcessGroup {
        if let group { return group }
        let group = try MPIProcessGroup.join { loss in
            if let loss {
                StandardError.isMuted = false
                StandardError.write("error: \(loss)\n")
            }
            // Whoever computes or waits would find out too late or never.
            _exit(ExitStatus.failed.rawValue)
        }
        joined.withLock { $0 = group }
        return group ?? SingleProcess()
    }

    private static var group: MPIProcessGroup? { joined.withLock { $0 } }

    /// Whether this process was started to follow another.
    static var isFollower: Bool { MPIProcessGroup.launchedRank != 0 }

    /// Texts that the first process alone finds out, for all of them.
    ///
    /// - Throws: `ProcessError`, and what finding out throws.
    static func fromFirst(_ texts: () throws -> [String]) throws -> [String] {
        guard let group else { return try texts() }
        var message = Message()
        if group.isFirst { message.append(try texts()) { $0.append($1) } }
        var first = try group.gather(message)[0]
        return first.nextArray { $0.nextString() }
    }

    /// Likewise of one text.
    static func fromFirst(_ text: () throws -> String) throws -> String {
        try fromFirst { [try text()] }.first ?? ""
    }

    /// Leaves the others in order.
    static func leave() { group?.leave() }

    /// Ends all others too, because of an error that they do not know of.
    ///
    /// - Parameter message: What to tell a person.
    static func abandon(_ message: String, isLoss: Bool) {
        guard let group else { return StandardError.write(message) }
        // What is wrong is mostly wrong for all, and the first says it; of a loss the watch knows who it was.
        let deadline = ContinuousClock.now + .seconds(isLoss ? 12 : group.isFirst ? 0 : 2)
        while ContinuousClock.now < deadline {
            usleep(50_000)
            // The launcher ends this process: the first has spoken.
            if !group.isFirst, Interruption.isRequested { return }
        }
        StandardError.isMuted = false
        StandardError.write(group.isFirst ? message : "\(group.name(of: group.rank)): \(message)")
        // A launcher passes on what it has read by the time that it ends the others.
        usleep(300_000)
        group.abort(status: ExitStatus.failed.rawValue)
    }
}

/// A verb that shares its work among the processes that were started for it; others are done by the first alone.
protocol SharedCommand {}
