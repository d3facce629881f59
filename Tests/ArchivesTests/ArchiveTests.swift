import Foundation
import NeedletailArchives
import ProgramRunner
import Testing

/// Archives that Python's modules have written, and hostile ones.
@Suite struct ArchiveTests {
    private let scratch: TemporaryFolder

    init() throws {
        scratch = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: scratch("out"), withIntermediateDirectories: true)
    }

    private static let text = String(repeating: "boxes and classes\n", count: 200)

    private func path(_ name: String) throws -> String {
        try #require(Bundle.module.path(forResource: "Fixtures/\(name)", ofType: nil))
    }

    @discardableResult
    private func unpack(_ name: String, limits: Archive.Limits = .init()) throws -> Archive.Outcome {
        try Archive(contentsOf: path(name)).unpack(into: scratch("out"), limits: limits)
    }

    private func failure(_ name: String, limits: Archive.Limits = .init()) -> ArchiveError.Kind? {
        #expect(throws: ArchiveError.self, "\(name)") { try unpack(name, limits: limits) }?.kind
    }

    @Test(arguments: ["deflated.zip", "stored.zip", "ustar.tar", "gnu.tar", "pax.tar", "set.tar.gz", "members.tar.gz"])
    func everyFormatGivesItsFiles(name: String) throws {
        let outcome = try unpack(name)
        // The long name does not fit into what ustar has room for.
        let hasLong = name != "ustar.tar"
        #expect(outcome.files == (hasLong ? 4 : 3) && outcome.bytes == 3600 + 1024 + (hasLong ? 4 : 0))
        #expect(outcome.leftOut == 0)
        #expect(try scratch.text(of: "out/set/labels.txt") == Self.text)
        #expect(try Array(scratch.bytes(of: "out/set/images/1.bin").prefix(256)) == Array(0...255))
        #expect(try scratch.bytes(of: "out/set/empty").isEmpty)
        if hasLong {
            let folder = [String](repeating: String(repeating: "a", count: 60), count: 3).joined(separator: "/")
            #expect(try scratch.text(of: "out/\(folder)/\(String(repeating: "b", count: 60)).txt") == "deep")
        }
    }

    @Test(arguments: ["climbing.zip", "hidden-climbing.zip", "backslashes.zip", "absolute.tar", "climbing.tar"])
    func namesThatLeadOutAreRefused(name: String) throws {
        #expect(failure(name) == .leavesFolder)
        #expect(scratch.names() == ["out"])
        #expect(!FileManager.default.fileExists(atPath: "/tmp/outside.txt"))
    }

    /// Nothing is written through a link, since there is none.
    @Test func linksAreLeftOut() throws {
        #expect(try unpack("links.zip").leftOut == 1)
        #expect(scratch.names(in: "out/set") == ["labels.txt"])
        let outcome = try unpack("links.tar")
        #expect(outcome.leftOut == 3 && outcome.files == 2)
        #expect(scratch.names(in: "out/set/link") == ["outside.txt"])
        #expect(!FileManager.default.fileExists(atPath: "/tmp/outside.txt"))
    }

    /// Four mebibytes of zeros in a few kilobytes.
    @Test func sizesBeyondReasonAreRefused() throws {
        var limits = Archive.Limits()
        (limits.expansion, limits.leastBytes) = (200, 1 << 20)
        #expect(failure("large.zip", limits: limits) == .tooLarge)
        #expect(failure("large.tar.gz", limits: limits) == .tooLarge)
        #expect(scratch.names(in: "out") == [] || scratch.names(in: "out") == ["set"])
        limits.leastBytes = 8 << 20
        #expect(try unpack("large.zip", limits: limits).bytes == 4 << 20)
        limits.entries = 2
        #expect(failure("deflated.zip", limits: limits) == .tooLarge)
        #expect(failure("gnu.tar", limits: limits) == .tooLarge)
        #expect(failure("huge.tar") == .damaged)
    }

    @Test(arguments: ["damaged.zip", "truncated.zip", "truncated.tar", "truncated.tar.gz", "header.tar"])
    func damageIsFound(name: String) throws {
        #expect(failure(name) == .damaged)
    }

    @Test func otherFilesAreNoArchives() throws {
        let file = try scratch.write("a,b\n1,2\n", to: "table.csv")
        let error = #expect(throws: ArchiveError.self) { try Archive(contentsOf: file) }
        #expect(error?.kind == .unrecognized && error?.path == file)
        #expect(throws: ArchiveError.self) { try Archive(contentsOf: scratch("absent.zip")) }
    }

    @Test func stopsWhenAsked() throws {
        let error = #expect(throws: ArchiveError.self) {
            try Archive(contentsOf: path("deflated.zip")).unpack(into: scratch("out")) { _ in false }
        }
        #expect(error?.kind == .cancelled)
    }
}
