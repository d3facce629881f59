import Foundation

/// An HTTP server for one file on 127.0.0.1 that misbehaves on request. Answers one connection after another.
final class LoopbackServer: @unchecked Sendable {
    // Unchecked: `lock` guards every variable.

    enum Behaviour: Sendable {
        /// The whole file, or the range that was asked for.
        case serve
        /// The headers of the whole answer, and only so many bytes of the body.
        case cut(after: Int)
        /// So many bytes, then silence until the client goes away.
        case stall(after: Int)
        case status(Int)
        case redirect(String)
        /// 200 and the whole file, whatever range was asked for.
        case ignoreRange
        /// A range that was not asked for.
        case wrongRange
        /// No `Content-Length`; the end of the connection is the end of the file.
        case unannounced
    }

    struct Request: Sendable {
        let path: String
        let headers: [String: String]
    }

    private let lock = NSLock()
    private var content: [UInt8]
    private var etag: String?
    private var behaviours: [Behaviour]
    private var log: [Request] = []
    let port: UInt16

    /// - Parameter behaviours: Of the first requests, in order; later ones are served.
    /// - Returns: nil where no socket can be bound.
    init?(_ content: [UInt8], etag: String? = "\"one\"", _ behaviours: Behaviour...) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard listening else {
            close(descriptor)
            return nil
        }
        port = UInt16(bigEndian: address.sin_port)
        self.content = content
        self.etag = etag
        self.behaviours = behaviours
        // It answers as long as the tests run: a test may need its address alone, and release it before it is asked.
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else { return }
                answer(client)
                close(client)
            }
        }
    }

    static let canBind = LoopbackServer([]) != nil

    var url: String { "http://127.0.0.1:\(port)/weights.pth" }
    var requests: [Request] { lock.withLock { log } }

    func replace(_ content: [UInt8], etag: String?) {
        lock.withLock {
            self.content = content
            self.etag = etag
        }
    }

    private func answer(_ client: Int32) {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !received.suffix(4).elementsEqual([13, 10, 13, 10]) {
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            received += buffer[..<count]
        }
        let lines = String(decoding: received, as: UTF8.self).components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        let path = lines[0].split(separator: " ").dropFirst().first.map(String.init) ?? ""
        let (content, etag, behaviour) = lock.withLock {
            log.append(Request(path: path, headers: headers))
            return (self.content, self.etag, behaviours.isEmpty ? .serve : behaviours.removeFirst())
        }

        var start = 0
        if let range = headers["range"], range.hasPrefix("bytes="),
            headers["if-range"] == nil || headers["if-range"] == etag
        {
            start = Int(range.dropFirst(6).prefix { $0 != "-" }) ?? 0
        }
        var status = start > 0 ? "206 Partial Content" : "200 OK"
        var fields = etag.map { ["ETag: \($0)"] } ?? []
        var body = content[min(start, content.count)...]
        var isAnnounced = true
        var stalls = false
        switch behaviour {
        case .serve: break
        case .cut, .stall: break
        case .status(let code):
            status = "\(code) Refused"
            body = [UInt8]("an error page".utf8)[...]
            start = 0
        case .redirect(let location):
            status = "302 Found"
            fields.append("Location: \(location)")
            body = []
            start = 0
        case .ignoreRange:
            status = "200 OK"
            body = content[...]
            start = 0
        case .wrongRange:
            start = 1
            body = content[1...]
        case .unannounced: isAnnounced = false
        }
        if start > 0, start >= content.count {
            status = "416 Range Not Satisfiable"
            fields.append("Content-Range: bytes */\(content.count)")
            body = []
        } else if status.hasPrefix("206") {
            fields.append("Content-Range: bytes \(start)-\(content.count - 1)/\(content.count)")
        }
        if isAnnounced { fields.append("Content-Length: \(body.count)") }
        if case .cut(let count) = behaviour { body = body.prefix(count) }
        if case .stall(let count) = behaviour {
            body = body.prefix(count)
            stalls = true
        }
        let head = (["HTTP/1.1 \(status)", "Connection: close"] + fields).joined(separator: "\r\n") + "\r\n\r\n"
        send(Array(head.utf8), to: client)
        send(Array(body), to: client)
        // Ends when the client gives up.
        if stalls { _ = recv(client, &buffer, buffer.count, 0) }
    }

    private func send(_ bytes: [UInt8], to client: Int32) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(client, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }
}
