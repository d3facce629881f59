import Foundation
import NeedletailArchives
import NeedletailDownloads
import NeedletailErrors
import ProgramRunner
import Testing

/// A dataset on its way from a server on this machine into its folder.
@Suite("Fetching datasets", .enabled(if: LoopbackServer.canBind, "no socket can be bound on 127.0.0.1"))
struct DatasetFetchTests {
    private let scratch: TemporaryFolder
    private let archive: [UInt8]

    init() throws {
        scratch = try TemporaryFolder()
        archive = try Array(Data(contentsOf: Self.fixtures.appendingPathComponent("deflated.zip")))
    }

    /// Those of the archives' own tests.
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("ArchivesTests/Fixtures")

    private func fetch(_ files: [KnownDataset.File]) -> DatasetFetch {
        var fetch = DatasetFetch(
            KnownDataset(
                name: "cells", title: "", task: .detection, imageCount: 1, classCount: 1, megabytes: nil, licence: "",
                page: "", files: files, nextCommand: nil), into: scratch.path)
        fetch.policy.bypassesProxy = true
        fetch.policy.firstPauseSeconds = 0
        fetch.policy.attempts = 1
        return fetch
    }

    private var md5: String {
        get throws {
            let path = try scratch.write(Data(archive), to: "original")
            defer { try? FileManager.default.removeItem(atPath: path) }
            return try Checksum.md5(ofFile: path)
        }
    }

    @Test("MD5 of the standard's examples")
    func checksums() throws {
        // RFC 1321, appendix A.5.
        let abc = try scratch.write(Data("abc".utf8), to: "abc")
        #expect(try Checksum.md5(ofFile: abc) == "900150983cd24fb0d6963f7d28e17f72")
        let empty = try scratch.write(Data(), to: "empty")
        #expect(try Checksum.md5(ofFile: empty) == "d41d8cd98f00b204e9800998ecf8427e")
    }

    @Test("Archives are unpacked, other files lie beside, and nothing else is left")
    func whole() throws {
        let server = try #require(LoopbackServer(archive))
        let table = try #require(LoopbackServer(Array("a,b\n".utf8)))
        let fetch = fetch([
            .init(server.url, md5: try md5, byteCount: archive.count, name: "cells.zip"),
            .init(table.url, isArchive: false, name: "classes.csv"),
        ])
        var steps = 0
        let outcome = try fetch.run { _ in
            steps += 1
            return true
        }
        #expect(outcome.folder == scratch("cells") && outcome.files == 5 && outcome.unverified == ["classes.csv"])
        #expect(steps > 3)
        #expect(scratch.names() == ["cells"])
        #expect(try scratch.text(of: "cells/classes.csv") == "a,b\n")
        #expect(scratch.names(in: "cells/set") == ["empty", "images", "labels.txt"])
        // What is there is left alone.
        #expect(throws: FileError.self) { try fetch.run() }
        #expect(server.requests.count == 1)
    }

    @Test("A later try goes on where an earlier one stopped")
    func resumption() throws {
        let server = try #require(LoopbackServer(archive, .cut(after: 500)))
        let fetch = fetch([.init(server.url, md5: try md5, name: "cells.zip")])
        #expect(throws: DownloadError.self) { try fetch.run() }
        #expect(scratch.names() == ["cells.part"])
        _ = try fetch.run()
        #expect(server.requests.last?.headers["range"] == "bytes=500-")
        #expect(scratch.names() == ["cells"])
    }

    @Test("The wrong content is thrown away, and the archive of an earlier try is not fetched again")
    func verification() throws {
        let server = try #require(LoopbackServer(archive.reversed()))
        let fetch = fetch([.init(server.url, md5: try md5, name: "cells.zip")])
        let error = #expect(throws: FileError.self) { try fetch.run() }
        #expect(error?.problem.contains("MD5") == true)
        #expect(scratch.names().isEmpty)

        server.replace(archive, etag: "\"two\"")
        try scratch.write(Data(archive), to: "cells.part/cells.zip")
        _ = try fetch.run()
        #expect(server.requests.count == 1)
    }

    @Test("An archive that leads out of the folder leaves no dataset")
    func hostile() throws {
        let content = try Array(Data(contentsOf: Self.fixtures.appendingPathComponent("climbing.zip")))
        let server = try #require(LoopbackServer(content))
        let error = #expect(throws: ArchiveError.self) { try fetch([.init(server.url, name: "cells.zip")]).run() }
        #expect(error?.kind == .leavesFolder)
        #expect(scratch.names() == ["cells.part"])
        #expect(scratch.names(in: "cells.part/unpacked").isEmpty)
    }

    @Test("The callback stops it")
    func cancellation() throws {
        let server = try #require(LoopbackServer(archive))
        #expect(throws: (any Error).self) { try fetch([.init(server.url, name: "cells.zip")]).run { _ in false } }
        #expect(!scratch.names().contains("cells"))
    }

    @Test("The list agrees with itself")
    func list() throws {
        #expect(Set(KnownDataset.all.map(\.name)).count == KnownDataset.all.count)
        for dataset in KnownDataset.all {
            #expect(dataset.page.hasPrefix("http") && !dataset.licence.isEmpty, "\(dataset.name)")
            #expect(Set(dataset.files.map(\.name)).count == dataset.files.count, "\(dataset.name)")
            for file in dataset.files {
                #expect(file.url.hasPrefix("http") && !file.name.contains("/") && file.name != "unpacked")
                #expect(file.md5.map { $0.wholeMatch(of: /[0-9a-f]{32}/) != nil } ?? true)
            }
            if let command = dataset.nextCommand(folder: "data/x") { #expect(command.contains(" data/x")) }
        }
        #expect(
            KnownDataset.named("bccd")?.nextCommand(folder: "a")
                == "needletail convert a/BCCD_Dataset-master/BCCD cells.json")
    }
}
