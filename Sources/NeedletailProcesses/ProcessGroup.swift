import NeedletailErrors
import NeedletailPlatform

/// Processes that do one piece of work together, on one machine or several.
///
/// Each runs the same program on the same input and takes a part of the work; what they have found goes round, so that all
/// of them decide alike. The first, of rank 0, writes files and speaks.
public protocol ProcessGroup: Sendable {
    /// The number of this process, from 0.
    var rank: Int { get }
    /// How many processes there are.
    var count: Int { get }

    /// Sends to other processes and receives from them, until all is done. Every process calls it for each exchange, in the
    /// same order; between two processes parts arrive in the order in which they are sent.
    ///
    /// - Throws: ``ProcessError`` when another process is lost.
    func exchange(sending: [Transfer], receiving: [Transfer]) throws(ProcessError)

    /// A process by its rank and the computer that it runs on, for people.
    func name(of rank: Int) -> String
}

/// A part of memory that goes to another process, or comes from it.
public struct Transfer {
    /// The other's rank.
    public var peer: Int
    public var bytes: UnsafeMutableRawBufferPointer

    public init(peer: Int, bytes: UnsafeMutableRawBufferPointer) {
        self.peer = peer
        self.bytes = bytes
    }
}

/// A process alone.
public struct SingleProcess: ProcessGroup {
    public init() {}

    public var rank: Int { 0 }
    public var count: Int { 1 }

    public func exchange(sending: [Transfer], receiving: [Transfer]) {}
    public func name(of rank: Int) -> String { "this process" }
}

extension ProcessGroup {
    /// Whether this process writes files and speaks.
    public var isFirst: Bool { rank == 0 }

    public var isAlone: Bool { count == 1 }

    /// The part of a range that a process does: neighbours, and as many for each as can be.
    public func share(of range: Range<Int>, rank: Int) -> Range<Int> {
        range.lowerBound + range.count * rank / count..<range.lowerBound + range.count * (rank + 1) / count
    }

    /// Brings round what every process has to say.
    ///
    /// - Returns: Of all processes in order of rank, the same everywhere.
    /// - Throws: ``ProcessError``
    public func gather(_ message: Message) throws(ProcessError) -> [Message] {
        guard !isAlone else { return [message] }
        let size = MemoryLayout<Int>.stride
        let lengths = try gather(
            withUnsafeBytes(of: message.bytes.count) { Array($0) }, counts: [Int](repeating: size, count: count)
        ).map { bytes in bytes.withUnsafeBytes { $0.loadUnaligned(as: Int.self) } }
        return try gather(message.bytes, counts: lengths).map { Message(bytes: $0) }
    }

    /// - Parameter counts: Of the bytes of each process.
    private func gather(_ own: [UInt8], counts: [Int]) throws(ProcessError) -> [[UInt8]] {
        let places = counts.map { UnsafeMutableRawBufferPointer.allocate(byteCount: $0, alignment: 1) }
        defer { for place in places { place.deallocate() } }
        places[rank].copyBytes(from: own)
        let others = (0..<count).filter { $0 != rank }
        try exchange(
            sending: own.isEmpty ? [] : others.map { Transfer(peer: $0, bytes: places[rank]) },
            receiving: others.filter { counts[$0] > 0 }.map { Transfer(peer: $0, bytes: places[$0]) })
        return places.map { Array($0) }
    }

    /// What the first process has to say.
    ///
    /// - Parameter message: Asked of the first alone.
    /// - Throws: ``ProcessError``
    public func fromFirst(_ message: () -> Message) throws(ProcessError) -> Message {
        try gather(isFirst ? message() : Message())[0]
    }

    /// Whether something is so in any of the processes.
    ///
    /// - Throws: ``ProcessError``
    public func anywhere(_ condition: Bool) throws(ProcessError) -> Bool {
        guard !isAlone else { return condition }
        var message = Message()
        message.append(condition ? 1 : 0)
        var isAnywhere = false
        for var answer in try gather(message) where answer.nextInt() != 0 { isAnywhere = true }
        return isAnywhere
    }

    /// Finds out whether all processes have the same of what they must not differ in.
    ///
    /// - Parameter values: By what a person calls them.
    /// - Throws: ``ProcessError`` that names what differs, the same in all processes.
    public func requireSame(_ values: [String: String]) throws(ProcessError) {
        guard !isAlone else { return }
        var message = Message()
        message.append(values.count)
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            message.append(key)
            message.append(value)
        }
        let answers = try gather(message).map { answer in
            var answer = answer
            var values: [String: String] = [:]
            for _ in 0..<answer.nextInt() {
                let key = answer.nextString()
                values[key] = answer.nextString()
            }
            return values
        }
        for (rank, answer) in answers.enumerated() where answer != answers[0] {
            let keys = Set(answer.keys).union(answers[0].keys).filter { answer[$0] != answers[0][$0] }.sorted()
            let differences = keys.prefix(5).map { key in
                "\(key): \(answers[0][key] ?? "not set") for \(name(of: 0)), \(answer[key] ?? "not set") for \(name(of: rank))"
            }
            throw ProcessError(
                .differences,
                problem: "the processes of this job are not of one kind: " + differences.joined(separator: "; ")
                    + (keys.count > 5 ? "; and \(keys.count - 5) more" : ""),
                remedy: "Start all of them with the same program, options, data and weights.")
        }
    }
}
