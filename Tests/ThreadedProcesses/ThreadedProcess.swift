import Foundation
import NeedletailProcesses

/// A process of a group whose processes are threads of one: what MPI does, without it.
public struct ThreadedProcess: ProcessGroup {
    public let rank: Int
    public let count: Int
    private let mail: Mail

    /// Does something in so many processes at once.
    ///
    /// - Returns: What came of it in each, in order of rank.
    public static func run<Result>(_ count: Int, _ body: @escaping (ThreadedProcess) throws -> Result) throws
        -> [Result]
    {
        let mail = Mail()
        nonisolated(unsafe) let body = body
        nonisolated(unsafe) let results = UnsafeMutablePointer<Swift.Result<Result, any Error>?>.allocate(
            capacity: count)
        results.initialize(repeating: nil, count: count)
        defer { results.deinitialize(count: count).deallocate() }
        let ended = DispatchSemaphore(value: 0)
        for rank in 0..<count {
            Thread.detachNewThread {
                let outcome = Swift.Result { try body(ThreadedProcess(rank: rank, count: count, mail: mail)) }
                if case .failure = outcome { mail.close() }
                results[rank] = outcome
                ended.signal()
            }
        }
        for _ in 0..<count { ended.wait() }
        return try (0..<count).compactMap { try results[$0]?.get() }
    }

    public func exchange(sending: [Transfer], receiving: [Transfer]) throws(ProcessError) {
        for part in sending { mail.put(Array(part.bytes), from: rank, to: part.peer) }
        for part in receiving {
            guard let bytes = mail.take(from: part.peer, to: rank) else {
                throw ProcessError(.lost, problem: "another thread has failed")
            }
            precondition(bytes.count == part.bytes.count, "\(bytes.count) bytes came for \(part.bytes.count)")
            part.bytes.copyBytes(from: bytes)
        }
    }

    public func name(of rank: Int) -> String { "rank \(rank) on host\(rank)" }
}

private final class Mail: @unchecked Sendable {
    // Sendable by hand: everything is touched under the lock of `changed`.
    private let changed = NSCondition()
    private var parts: [String: [[UInt8]]] = [:]
    private var isClosed = false

    func put(_ bytes: [UInt8], from sender: Int, to receiver: Int) {
        changed.withLock {
            parts["\(sender) \(receiver)", default: []].append(bytes)
            changed.broadcast()
        }
    }

    /// Nil when the others have failed.
    func take(from sender: Int, to receiver: Int) -> [UInt8]? {
        let key = "\(sender) \(receiver)"
        return changed.withLock {
            while parts[key, default: []].isEmpty, !isClosed { changed.wait() }
            return parts[key, default: []].isEmpty ? nil : parts[key]?.removeFirst()
        }
    }

    func close() {
        changed.withLock {
            isClosed = true
            changed.broadcast()
        }
    }
}
