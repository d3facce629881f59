import CMPI
import NeedletailErrors
import NeedletailPlatform

/// The processes that `mpirun` or `srun` has started, talking through Open MPI or MPICH. The library is loaded when it is
/// needed; a program that was started alone does without.
public final class MPIProcessGroup: ProcessGroup {
    public let rank: Int
    public let count: Int
    private let hosts: [String]
    private let watch: ProcessWatch?

    /// The rank that the launcher has given this process, before any library is loaded; 0 for one that was started alone.
    public static var launchedRank: Int { Launcher.own?.rank ?? 0 }

    /// Joins the processes that were started with this one.
    ///
    /// - Parameter lose: Called when another process has ended without a word, on a thread of its own and with what to tell a
    ///   person, which is nil in all processes but one. Nothing can be exchanged any more.
    /// - Returns: Nil for a process alone.
    /// - Throws: ``ProcessError`` when the library cannot be had.
    public static func join(lose: @escaping @Sendable (String?) -> Void) throws(ProcessError) -> MPIProcessGroup? {
        guard let launcher = Launcher.own else { return nil }
        return try MPIProcessGroup(launcher, lose: lose)
    }

    private init(_ launcher: Launcher, lose: @escaping @Sendable (String?) -> Void) throws(ProcessError) {
        try Self.load(launcher)
        rank = Int(cmpi_rank())
        count = Int(cmpi_count())
        guard count == launcher.count else {
            throw ProcessError(
                .library,
                problem:
                    "\(launcher.libraryName) has found \(count) of \(launcher.count) processes: they were started by "
                    + "the launcher of another library",
                remedy:
                    "Start them with the mpirun that belongs to the library, or name that in \(Launcher.libraryVariable)."
            )
        }
        // The names of all hosts are there only afterwards.
        let bare = BareGroup(rank: rank, count: count)
        var own = Message()
        own.append(Self.text { cmpi_host($0, $1) })
        let hosts = try bare.gather(own).map { answer in
            var answer = answer
            return answer.nextString()
        }
        self.hosts = hosts
        watch = try ProcessWatch(over: bare, hosts: hosts) { rank in
            lose(rank.map { "\(Self.name(of: $0, hosts: hosts)) has ended, and all others with it" })
        }
    }

    private static func load(_ launcher: Launcher) throws(ProcessError) {
        guard launcher.kind != nil else {
            throw ProcessError(
                .library,
                problem: "srun has started \(launcher.count) processes that cannot find each other",
                remedy:
                    "Start them with 'srun --mpi=pmix' where Open MPI is installed, with 'srun --mpi=pmi2' for MPICH.")
        }
        var reasons: [String] = []
        for library in launcher.libraries {
            var code = Int32(CMPI_MISSING)
            let reason = text { code = cmpi_join(library, $0, $1) }
            if code == Int32(CMPI_DONE) { return }
            reasons.append(reason.hasPrefix(library) ? reason : "\(library): \(reason)")
            if code == Int32(CMPI_FAILED) { break }
        }
        throw ProcessError(
            .library,
            problem: "\(launcher.libraryName), which has started \(launcher.count) processes, cannot be used "
                + "(\(reasons.joined(separator: "; ")))",
            remedy: """
                Install its library, \(launcher.package) on Debian and Ubuntu, or name the file in the environment as \
                \(Launcher.libraryVariable).
                """)
    }

    public func exchange(sending: [Transfer], receiving: [Transfer]) throws(ProcessError) {
        try BareGroup.exchange(sending: sending, receiving: receiving)
    }

    public func name(of rank: Int) -> String { Self.name(of: rank, hosts: hosts) }

    private static func name(of rank: Int, hosts: [String]) -> String { "rank \(rank) on \(hosts[rank])" }

    /// Leaves the others at the end of all work, which every process has come to.
    public func leave() {
        watch?.end()
        cmpi_leave()
    }

    /// Ends all processes at once; somebody has said why.
    public func abort(status: Int32) {
        watch?.end()
        cmpi_abort(status)
    }

    private static func text(_ write: (UnsafeMutablePointer<CChar>, Int) -> Void) -> String {
        var buffer = [CChar](repeating: 0, count: 1024)
        buffer.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { write(base, buffer.count) }
        }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// The exchange as the library has it.
struct BareGroup: ProcessGroup {
    let rank: Int
    let count: Int

    /// Of one message.
    private static let mostBytes = 1 << 30

    func exchange(sending: [Transfer], receiving: [Transfer]) throws(ProcessError) {
        try Self.exchange(sending: sending, receiving: receiving)
    }

    func name(of rank: Int) -> String { "rank \(rank)" }

    static func exchange(sending: [Transfer], receiving: [Transfer]) throws(ProcessError) {
        let (sends, receives) = (pieces(sending), pieces(receiving))
        let code = cmpi_exchange(sends, Int32(sends.count), receives, Int32(receives.count))
        guard code == Int32(CMPI_DONE) else {
            throw ProcessError(.lost, problem: "another process of this job cannot be reached any more")
        }
    }

    private static func pieces(_ transfers: [Transfer]) -> [cmpi_transfer] {
        transfers.flatMap { transfer in
            stride(from: 0, to: transfer.bytes.count, by: mostBytes).map { start in
                cmpi_transfer(
                    peer: Int32(transfer.peer), bytes: transfer.bytes.baseAddress.map { $0 + start },
                    count: min(mostBytes, transfer.bytes.count - start))
            }
        }
    }
}
