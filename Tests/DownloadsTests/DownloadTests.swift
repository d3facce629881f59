import Foundation
import NeedletailDownloads
import ProgramRunner
import Testing

@Suite("Fetching weights", .enabled(if: LoopbackServer.canBind, "no socket can be bound on 127.0.0.1"))
struct DownloadTests {
    let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
    let scratch: TemporaryFolder
    /// Of `content`; that SHA-256 is right is another test.
    let checksum: Checksum

    init() throws {
        scratch = try TemporaryFolder()
        let path = try scratch.write(Data(content), to: "original")
        checksum = try #require(Checksum(try Checksum.sha256(ofFile: path)))
        try FileManager.default.removeItem(atPath: path)
    }

    private func download(_ server: LoopbackServer, checksum: Checksum? = nil) -> Download {
        var download = Download(url: server.url, to: scratch("w.pth"), checksum: checksum ?? self.checksum)
        download.policy.bypassesProxy = true
        download.policy.firstPauseSeconds = 0
        download.policy.stallTimeoutSeconds = 1
        return download
    }

    private func server(etag: String? = "\"one\"", _ behaviours: LoopbackServer.Behaviour...) throws -> LoopbackServer {
        // A variadic parameter cannot be passed on.
        switch behaviours.count {
        case 0: try #require(LoopbackServer(content, etag: etag))
        case 1: try #require(LoopbackServer(content, etag: etag, behaviours[0]))
        default: try #require(LoopbackServer(content, etag: etag, behaviours[0], behaviours[1]))
        }
    }

    private func failure(_ download: Download) -> DownloadError.Reason? {
        #expect(throws: DownloadError.self) { try download.fetch() }?.reason
    }

    private var result: [UInt8]? { FileManager.default.contents(atPath: scratch("w.pth")).map(Array.init) }

    @Test("SHA-256 of the standard's examples")
    func checksums() throws {
        // FIPS 180-4, examples of one block and of the empty message.
        let abc = try scratch.write(Data("abc".utf8), to: "abc")
        #expect(try Checksum.sha256(ofFile: abc) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        let empty = try scratch.write(Data(), to: "empty")
        #expect(
            try Checksum.sha256(ofFile: empty) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(Checksum("ba7816bf")?.matches(try Checksum.sha256(ofFile: abc)) == true)
        #expect(Checksum("BA7816BF")?.isComplete == false)
        #expect(Checksum("ba7816b") == nil && Checksum("ba7816bg") == nil)
        #expect(Checksum(fileName: "resnet18-f37072fd.pth")?.digits == "f37072fd")
        #expect(Checksum(fileName: "resnet18.pth") == nil)
    }

    @Test("A file arrives whole, with progress, and once")
    func whole() throws {
        let server = try server()
        var steps: [Download.Progress] = []
        let outcome = try download(server).fetch {
            steps.append($0)
            return true
        }
        #expect(result == content)
        #expect(outcome == .init(sha256: checksum.digits, wasPresent: false))
        #expect(scratch.names() == ["w.pth"])
        #expect(steps.last == .init(receivedByteCount: content.count, totalByteCount: content.count, attempt: 1))
        #expect(steps.map(\.receivedByteCount) == steps.map(\.receivedByteCount).sorted())

        #expect(try download(server).fetch().wasPresent)
        #expect(server.requests.count == 1)
    }

    @Test("A connection that breaks is taken up where it broke")
    func resumption() throws {
        let server = try server(.cut(after: 40_000))
        try download(server).fetch()
        #expect(result == content)
        let requests = server.requests
        #expect(requests.count == 2)
        #expect(requests.last?.headers["range"] == "bytes=40000-")
        #expect(requests.last?.headers["if-range"] == "\"one\"")
        #expect(scratch.names() == ["w.pth"])
    }

    @Test("A later run goes on where an earlier one stopped")
    func laterRun() throws {
        let server = try server(.cut(after: 30_000))
        var first = download(server)
        first.policy.attempts = 1
        guard case .unreachable(_, 1)? = failure(first) else {
            Issue.record("a broken connection is no failure")
            return
        }
        #expect(scratch.names() == ["w.pth.part", "w.pth.part.source"])
        try download(server).fetch()
        #expect(result == content)
        #expect(server.requests.last?.headers["range"] == "bytes=30000-")
    }

    @Test("A file that changed on the server is fetched from the start")
    func changed() throws {
        let old = [UInt8](repeating: 1, count: 50_000)
        let server = try #require(LoopbackServer(old, .cut(after: 20_000)))
        var first = download(server)
        first.policy.attempts = 1
        _ = failure(first)
        server.replace(content, etag: "\"two\"")
        try download(server).fetch()
        #expect(result == content)
        #expect(server.requests.last?.headers["if-range"] == "\"one\"")
    }

    @Test("Without a validator, the checksum finds two files joined, and it starts again")
    func joined() throws {
        let old = [UInt8](repeating: 1, count: 50_000)
        let server = try #require(LoopbackServer(old, etag: nil, .cut(after: 20_000)))
        var first = download(server)
        first.policy.attempts = 1
        _ = failure(first)
        server.replace(content, etag: nil)
        first.policy.attempts = 1
        try first.fetch()
        #expect(result == content)
        #expect(server.requests.map { $0.headers["range"] } == [nil, "bytes=20000-", nil])
    }

    @Test("Without validator and checksum nothing is resumed")
    func unknownOrigin() throws {
        let server = try server(etag: nil, .cut(after: 20_000))
        var download = download(server)
        download.checksum = nil
        try download.fetch()
        #expect(result == content)
        #expect(server.requests.map { $0.headers["range"] } == [nil, nil])
        // A weak tag is no validator either.
        try FileManager.default.removeItem(atPath: scratch("w.pth"))
        let weak = try self.server(etag: "W/\"one\"", .cut(after: 20_000))
        download.url = weak.url
        try download.fetch()
        #expect(weak.requests.map { $0.headers["range"] } == [nil, nil])
        // And a file of unknown content is not replaced.
        #expect(failure(download) == .destinationExists)
    }

    @Test("Servers that ignore the range, or send another one, are coped with")
    func ranges() throws {
        let ignoring = try server(.cut(after: 20_000), .ignoreRange)
        try download(ignoring).fetch()
        #expect(result == content)
        try FileManager.default.removeItem(atPath: scratch("w.pth"))

        let wrong = try server(.cut(after: 20_000), .wrongRange)
        try download(wrong).fetch()
        #expect(result == content)
        #expect(wrong.requests.count == 3)
    }

    @Test("All bytes here and only the name missing")
    func complete() throws {
        let server = try server()
        try scratch.write(Data(content), to: "w.pth.part")
        try scratch.write(Data("\(server.url)\n\"one\"\n".utf8), to: "w.pth.part.source")
        try download(server).fetch()
        #expect(result == content)
        #expect(scratch.names() == ["w.pth"])
        // And too many bytes.
        try FileManager.default.removeItem(atPath: scratch("w.pth"))
        try scratch.write(Data(content + content), to: "w.pth.part")
        try scratch.write(Data("\(server.url)\n\"one\"\n".utf8), to: "w.pth.part.source")
        try download(server).fetch()
        #expect(result == content)
    }

    @Test("The wrong content keeps no file")
    func wrongContent() throws {
        let server = try #require(LoopbackServer(content.reversed()))
        guard case .checksumMismatch(let expected, let actual)? = failure(download(server)) else {
            Issue.record("the wrong content was accepted")
            return
        }
        #expect(expected == checksum && actual.count == 64)
        #expect(scratch.names().isEmpty)
        #expect(server.requests.count == 1)
    }

    @Test("A file that is there and different is left alone")
    func different() throws {
        let server = try server()
        try scratch.write(Data("mine".utf8), to: "w.pth")
        guard case .destinationDiffers? = failure(download(server)) else {
            Issue.record("a file was replaced")
            return
        }
        #expect(result == Array("mine".utf8))
        #expect(server.requests.isEmpty)
    }

    @Test("Refusals are named and not repeated; busy servers are asked again")
    func statuses() throws {
        let missing = try server(.status(404))
        let error = #expect(throws: DownloadError.self) { try download(missing).fetch() }
        #expect(error?.reason == .status(404))
        #expect(error?.description.contains("404 (no such file)") == true)
        #expect(missing.requests.count == 1)
        #expect(scratch.names().isEmpty)

        let busy = try server(.status(503), .status(429))
        try download(busy).fetch()
        #expect(busy.requests.count == 3)
        #expect(result == content)
    }

    @Test("Attempts come to an end")
    func attempts() throws {
        let server = try server(.status(500), .status(500))
        var download = download(server)
        download.policy.attempts = 2
        #expect(failure(download) == .unreachable(detail: "the server answered 500", attempts: 2))
        #expect(server.requests.count == 2)
        #expect(scratch.names().isEmpty)
        // Nobody listens where a server was.
        let url = server.url
        var orphan = download
        orphan.url = url.replacingOccurrences(of: "\(server.port)", with: "1")
        guard case .unreachable(_, 1)? = failure(orphan) else {
            Issue.record("a closed port answered")
            return
        }
        // Where nobody has ever answered, it is soon given up.
        orphan.policy.attempts = 50
        guard case .unreachable(_, 1)? = failure(orphan) else {
            Issue.record("a closed port was asked again and again")
            return
        }
        orphan.url = "file:///etc/hostname"
        guard case .invalidURL? = failure(orphan) else {
            Issue.record("a local file was fetched")
            return
        }
    }

    @Test("Where nobody can be reached, the time for connecting is short, and there is one attempt")
    func unreachable() throws {
        let silent = try #require(SilentAddress())
        var download = Download(url: silent.url, to: scratch("w.pth"))
        download.policy.bypassesProxy = true
        download.policy.reachTimeoutSeconds = 0.25
        guard case .unreachable(_, 1)? = failure(download) else {
            Issue.record("nobody answered, and that was no failure")
            return
        }
        #expect(scratch.names().isEmpty)
    }

    @Test("A transfer that stalls is given up and resumed")
    func stall() throws {
        let server = try server(.stall(after: 10_000))
        try download(server).fetch()
        #expect(result == content)
        #expect(server.requests.last?.headers["range"] == "bytes=10000-")
    }

    @Test("The callback stops the transfer; what has arrived is kept")
    func cancellation() throws {
        let server = try server(.stall(after: 10_000))
        var calls = 0
        let error = #expect(throws: DownloadError.self) {
            try download(server).fetch { progress in
                calls += 1
                return progress.receivedByteCount == 0
            }
        }
        #expect(error?.reason == .cancelled)
        #expect(calls > 0)
        #expect(scratch.names() == ["w.pth.part", "w.pth.part.source"])
        try download(server).fetch()
        #expect(result == content)
    }

    @Test("Sizes are checked before the transfer, and during it when they are not announced")
    func sizes() throws {
        let announcing = try server()
        var download = download(announcing)
        download.byteCounts = 1...99_999
        #expect(failure(download) == .unexpectedSize(byteCount: 100_000, expected: 1...99_999))
        let silent = try server(.unannounced, .unannounced)
        download.url = silent.url
        guard case .unexpectedSize? = failure(download) else {
            Issue.record("a file of the wrong size was accepted")
            return
        }
        download.byteCounts = 100_001...200_000
        download.checksum = nil
        #expect(failure(download) == .unexpectedSize(byteCount: 100_000, expected: 100_001...200_000))
        #expect(scratch.names().isEmpty)
    }

    @Test("Redirects are followed")
    func redirects() throws {
        let target = try server()
        let server = try server(.redirect(target.url))
        try download(server).fetch()
        #expect(result == content)
        #expect(target.requests.first?.path == "/weights.pth")
    }

    @Test("A folder that is not there is an error")
    func folder() throws {
        let server = try server()
        var download = download(server)
        download.destination = scratch("absent/w.pth")
        guard case .file? = failure(download) else {
            Issue.record("a file was written into nothing")
            return
        }
    }

    @Test("The list of known weights agrees with itself")
    func knownWeights() throws {
        #expect(Set(KnownWeights.all.map(\.name)).count == KnownWeights.all.count)
        for weights in KnownWeights.all {
            #expect(KnownWeights.named(weights.fileName) == weights)
            #expect(weights.download(into: "/a").destination == "/a/\(weights.fileName)")
            guard let byteCounts = weights.byteCounts else {
                #expect(weights.fileName == weights.architecture.replacing("-", with: "_") + ".pth")
                continue
            }
            #expect(weights.checksum?.digits.count == 8 && weights.checksum == Checksum(fileName: weights.fileName))
            let name = weights.architecture.replacing("-", with: "_")
            #expect(weights.url.hasPrefix("https://download.pytorch.org/models/\(name)"))
            // Float32 parameters and the file's own overhead, less than 1 % and some running statistics.
            let least = 4 * weights.parameterCount
            #expect(byteCounts.lowerBound > least && byteCounts.upperBound < least + least / 40)
        }
        #expect(KnownWeights.named("resnet50-imagenet-v1")?.fileName == "resnet50-0676ba61.pth")
        #expect(KnownWeights.named("retinanet_resnet50_fpn-coco")?.parameterCount == 34_014_999)
    }
}
