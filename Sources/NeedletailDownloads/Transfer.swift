import CTransfer
import NeedletailPlatform

/// One request of a download, from its first byte to its last.
final class Transfer {
    enum Result {
        case complete
        /// May succeed another time.
        case interrupted(String)
        case failed(DownloadError.Reason)
    }

    private let download: Download
    private let part: PartialFile
    private let attempt: Int
    private let progress: (Download.Progress) -> Bool
    private let startByteCount: Int
    private let answer = UnsafeMutablePointer<ctransfer_answer>.allocate(capacity: 1)
    private var total: Int?
    /// Why a callback stopped the transfer.
    private var stop: Result?
    /// Whether bytes were added to those of an earlier request.
    private(set) var continued = false

    private let mayTakeLonger: Bool

    /// Whether there was a connection to a server, whatever came of it.
    var wasReached: Bool { answer.pointee.was_reached != 0 }

    private static let isInitialized = ctransfer_initialize() == 0

    /// - Parameter mayTakeLonger: Whether it is known that the server can be reached.
    init(
        _ download: Download, into part: PartialFile, attempt: Int, mayTakeLonger: Bool,
        progress: @escaping (Download.Progress) -> Bool
    ) {
        self.mayTakeLonger = mayTakeLonger
        self.download = download
        self.part = part
        self.attempt = attempt
        self.progress = progress
        startByteCount = part.byteCount
    }

    deinit { answer.deallocate() }

    func run(ifRange validator: String?) -> Result {
        guard Self.isInitialized else { return .failed(.unavailable) }
        var message = [CChar](repeating: 0, count: 512)
        let code = download.url.withCString { url in
            "needletail".withCString { agent in
                (validator ?? "").withCString { ifRange in
                    var request = ctransfer_request()
                    request.url = url
                    request.user_agent = agent
                    request.resume_offset = Int64(startByteCount)
                    request.if_range = validator == nil ? nil : ifRange
                    let connectTimeout =
                        mayTakeLonger ? download.policy.connectTimeoutSeconds : download.policy.reachTimeoutSeconds
                    request.connect_timeout_milliseconds = max(1, Int(saturating: connectTimeout * 1000))
                    request.stall_timeout_seconds = max(1, download.policy.stallTimeoutSeconds)
                    request.bypass_proxy = download.policy.bypassesProxy ? 1 : 0
                    request.context = Unmanaged.passUnretained(self).toOpaque()
                    request.begin = { Transfer.from($0).begin() ? 1 : 0 }
                    request.write = { Transfer.from($0).write(UnsafeRawBufferPointer(start: $1, count: $2)) ? 1 : 0 }
                    request.tick = { Transfer.from($0).report() ? 1 : 0 }
                    return withExtendedLifetime(self) { ctransfer_run(&request, answer, &message, message.count) }
                }
            }
        }
        let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        switch Int(code) {
        case CTRANSFER_DONE: return finish()
        case CTRANSFER_STOPPED: return stop ?? .failed(.cancelled)
        case CTRANSFER_TRANSIENT: return .interrupted(text)
        default: return .failed(.invalidURL(detail: text))
        }
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Transfer {
        // The context is always the transfer that made the request.
        Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
    }

    private func finish() -> Result {
        switch answer.pointee.status {
        case 200, 206:
            if let total, part.byteCount < total { return .interrupted("the connection ended early") }
            return .complete
        case 416:
            // Nothing is left to send: either all is here, or what is here is of another file.
            if startByteCount > 0, answer.pointee.range_total == Int64(startByteCount) {
                continued = true
                return .complete
            }
            return restart("the server's file is shorter than what had arrived")
        case 408, 429, 500, 502, 503, 504:
            return .interrupted("the server answered \(answer.pointee.status)")
        default:
            return .failed(.status(answer.pointee.status))
        }
    }

    private func restart(_ detail: String) -> Result {
        do {
            try part.restart()
            return .interrupted(detail)
        } catch {
            return .failed(reason(error))
        }
    }

    private func reason(_ error: any Error) -> DownloadError.Reason {
        if case PartialFile.Failure.file(let detail) = error { return .file(detail: detail) }
        return .file(detail: "\(error)")
    }

    // MARK: Callbacks

    private func begin() -> Bool {
        do {
            switch answer.pointee.status {
            case 200:
                if part.byteCount > 0 { try part.restart() }
                total = answer.pointee.content_length >= 0 ? Int(answer.pointee.content_length) : nil
            case 206:
                guard answer.pointee.range_start == Int64(startByteCount) else {
                    stop = restart("the server sent another part than was asked for")
                    return false
                }
                total = answer.pointee.range_total >= 0 ? Int(answer.pointee.range_total) : nil
                continued = startByteCount > 0
            default:
                return true
            }
        } catch {
            stop = .failed(reason(error))
            return false
        }
        if let total, let expected = download.byteCounts, !expected.contains(total) {
            stop = .failed(.unexpectedSize(byteCount: total, expected: expected))
            return false
        }
        if !continued { part.source = .init(url: download.url, validator: validator) }
        return report()
    }

    /// A weak entity tag vouches for the meaning, not for the bytes.
    private var validator: String? {
        let etag = text(of: \.etag)
        if etag.hasPrefix("\"") { return etag }
        let date = text(of: \.last_modified)
        return date.isEmpty ? nil : date
    }

    private func text<Characters>(of field: KeyPath<ctransfer_answer, Characters>) -> String {
        withUnsafeBytes(of: answer.pointee[keyPath: field]) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if let expected = download.byteCounts, part.byteCount + bytes.count > expected.upperBound {
            let count = part.byteCount + bytes.count
            part.discard()
            stop = .failed(.unexpectedSize(byteCount: count, expected: expected))
            return false
        }
        do {
            try part.append(bytes)
            return true
        } catch {
            stop = .failed(reason(error))
            return false
        }
    }

    private func report() -> Bool {
        let progress = Download.Progress(
            receivedByteCount: part.byteCount, totalByteCount: total, attempt: attempt)
        if self.progress(progress) { return true }
        stop = .failed(.cancelled)
        return false
    }
}
