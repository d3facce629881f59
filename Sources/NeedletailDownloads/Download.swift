import NeedletailPlatform
import NeedletailSystem

/// A transfer of one file over HTTP, checked before it takes its name.
///
/// What arrives is kept in `<destination>.part` and continued the next time, if the server confirms that its file is
/// still the same (`If-Range`) or a checksum will tell. Nothing touches the network before `fetch`.
public struct Download: Sendable {
    /// How long to wait and how often to try.
    public struct Policy: Sendable {
        public var connectTimeoutSeconds = 15.0
        /// Without a server that can be reached for so long, there is no network: names are found and connections made in far
        /// less, and ``connectTimeoutSeconds`` are for what is agreed on then.
        public var reachTimeoutSeconds = 1.7
        /// Without a byte for so long, an attempt is given up.
        public var stallTimeoutSeconds = 30
        /// Attempts in all. Only failures that may pass are tried again: no connection, a broken one, a busy server.
        public var attempts = 5
        /// Attempts while no server has been reached at all, as without a network.
        public var unansweredAttempts = 1
        /// Pause after the first failure; each further one is twice as long, up to 30 s.
        public var firstPauseSeconds = 1.0
        /// Ignores proxies named in the environment.
        public var bypassesProxy = false

        public init() {}
    }

    public struct Progress: Sendable, Equatable {
        /// What is in the file, earlier attempts included.
        public var receivedByteCount: Int
        /// nil until the server has said.
        public var totalByteCount: Int?
        /// From 1.
        public var attempt: Int

        public init(receivedByteCount: Int, totalByteCount: Int?, attempt: Int) {
            self.receivedByteCount = receivedByteCount
            self.totalByteCount = totalByteCount
            self.attempt = attempt
        }
    }

    public struct Outcome: Sendable, Equatable {
        /// Of the file at the destination, 64 digits.
        public var sha256: String
        /// The file was there before, and right.
        public var wasPresent: Bool

        public init(sha256: String, wasPresent: Bool) {
            self.sha256 = sha256
            self.wasPresent = wasPresent
        }
    }

    public var url: String
    public var destination: String
    public var checksum: Checksum?
    /// Sizes the file may have; others are refused as soon as they are known.
    public var byteCounts: ClosedRange<Int>?
    public var policy = Policy()

    public init(url: String, to destination: String, checksum: Checksum? = nil, byteCounts: ClosedRange<Int>? = nil) {
        self.url = url
        self.destination = destination
        self.checksum = checksum
        self.byteCounts = byteCounts
    }

    /// Fetches the file, unless it is there already with the right checksum. Blocks the calling thread.
    ///
    /// - Parameter progress: Called when bytes arrive and about once a second otherwise, on the calling thread;
    ///   returns false to stop.
    /// - Throws: `DownloadError`.
    @discardableResult
    public func fetch(progress: (Progress) -> Bool = { _ in true }) throws(DownloadError) -> Outcome {
        if let present = try presentFile() { return present }
        do {
            return try withoutActuallyEscaping(progress) { progress in
                let part = try PartialFile(for: destination)
                return try run(part, progress: progress)
            }
        } catch let reason as DownloadError.Reason {
            throw error(reason)
        } catch PartialFile.Failure.busy {
            throw error(.busy)
        } catch PartialFile.Failure.file(let detail) {
            throw error(.file(detail: detail))
        } catch {
            throw self.error(.file(detail: "\(error)"))
        }
    }

    private func error(_ reason: DownloadError.Reason) -> DownloadError {
        DownloadError(url: url, destination: destination, reason: reason)
    }

    private func presentFile() throws(DownloadError) -> Outcome? {
        guard let status = FileStatus.of(destination) else { return nil }
        guard let checksum, status.isRegularFile else { throw error(.destinationExists) }
        let actual: String
        do throws(FileError) {
            actual = try Checksum.sha256(ofFile: destination)
        } catch {
            throw self.error(.file(detail: error.description))
        }
        guard checksum.matches(actual) else { throw error(.destinationDiffers(expected: checksum, actual: actual)) }
        return Outcome(sha256: actual, wasPresent: true)
    }

    private func run(_ part: PartialFile, progress: @escaping (Progress) -> Bool) throws -> Outcome {
        var failure = ""
        var wasResumed = false
        var wasRestarted = false
        var wasAnswered = false
        var attempt = 0
        var attempts = max(1, policy.attempts)
        while attempt < attempts {
            attempt += 1
            if attempt > 1 { try pause(before: attempt, received: part.byteCount, progress: progress) }
            let source = part.source
            let validator = source?.url == url ? source?.validator : nil
            // Bytes of unknown origin are only built upon if a checksum will tell.
            if part.byteCount > 0, source?.url != url || (validator == nil && checksum == nil) { try part.restart() }

            let transfer = Transfer(
                self, into: part, attempt: attempt, mayTakeLonger: wasAnswered, progress: progress)
            switch transfer.run(ifRange: validator) {
            case .complete:
                wasResumed = wasResumed || transfer.continued
                let sha256 = try part.sha256()
                if let byteCounts, !byteCounts.contains(part.byteCount) {
                    let count = part.byteCount
                    part.discard()
                    throw DownloadError.Reason.unexpectedSize(byteCount: count, expected: byteCounts)
                }
                if let checksum, !checksum.matches(sha256) {
                    // Two different files may have been joined: once more, from the start.
                    if wasResumed, !wasRestarted {
                        wasResumed = false
                        wasRestarted = true
                        attempts = max(attempts, attempt + 1)
                        failure = "what had arrived before was damaged"
                        try part.restart()
                        continue
                    }
                    part.discard()
                    throw DownloadError.Reason.checksumMismatch(expected: checksum, actual: sha256)
                }
                try part.commit()
                return Outcome(sha256: sha256, wasPresent: false)
            case .interrupted(let detail):
                wasResumed = wasResumed || transfer.continued
                wasAnswered = wasAnswered || transfer.wasReached
                failure = detail
                if !wasAnswered { attempts = min(attempts, max(1, policy.unansweredAttempts)) }
            case .failed(let reason):
                if part.byteCount == 0 { part.discard() }
                throw reason
            }
        }
        if part.byteCount == 0 { part.discard() }
        throw DownloadError.Reason.unreachable(detail: failure, attempts: attempt)
    }

    private func pause(before attempt: Int, received: Int, progress: (Progress) -> Bool) throws {
        var remaining = policy.firstPauseSeconds
        for _ in 2..<max(attempt, 2) { remaining = min(remaining * 2, 30) }
        repeat {
            guard progress(Progress(receivedByteCount: received, totalByteCount: nil, attempt: attempt)) else {
                throw DownloadError.Reason.cancelled
            }
            let step = min(remaining, 0.1)
            usleep(UInt32(max(0, step) * 1e6))
            remaining -= step
        } while remaining > 0
    }
}
